package stage

// Demo is the world that the sandbox starts with. Its secrets open nothing but the sandbox.
func Demo() World {
	everybody := []string{"li_lei", "han_meimei", "wang_fang"}
	return World{
		Users: []User{
			{
				Name: "李雷", Email: "lilei@example.com", Mobile: "+8613800000001", UserID: "li_lei",
				OpenID: "ou_demo_lilei", UnionID: "on_demo_lilei", Mailbox: "lilei@corp.example.com",
			},
			{
				Name: "韩梅梅", Email: "hanmeimei@example.com", Mobile: "+8613800000002", UserID: "han_meimei",
				OpenID: "ou_demo_hanmeimei", UnionID: "on_demo_hanmeimei",
			},
			{
				Name: "王芳", Email: "wangfang@example.com", Mobile: "+8613800000003", UserID: "wang_fang",
				OpenID: "ou_demo_wangfang", UnionID: "on_demo_wangfang",
			},
			{
				Name: "John Smith", Email: "john@example.com", Mobile: "+14155550100", UserID: "john",
				OpenID: "ou_demo_john", UnionID: "on_demo_john",
			},
			{
				Name: "离职的赵六", Email: "zhaoliu@example.com", Mobile: "+8613800000009", UserID: "zhao_liu",
				OpenID: "ou_demo_zhaoliu", UnionID: "on_demo_zhaoliu", Resigned: true,
			},
		},
		Apps: []App{{ID: "cli_demo", Secret: "secret", Name: "云锣 Yunluo", QuotaSMS: -1, QuotaPhone: -1}},
		Chats: []Chat{
			{ID: "oc_demo", Name: "支付告警群", Members: everybody, Bots: []string{"*"}},
			{ID: "oc_ops", Name: "运维值班群", Members: []string{"*"}, Bots: []string{"*"}},
			{ID: "oc_stranger", Name: "没有机器人的群", Members: everybody},
		},
		Robots: []Robot{
			{
				Token: "demo-robot-token", Secret: "SECdemo0123456789", Group: "钉钉运维群",
				Members: everybody,
			},
			//nolint:gosec // a credential of the sandbox, published in its manual
			{Token: "demo-keyword-token", Group: "钉钉关键词群", Keywords: []string{"告警", "alert"}, Members: everybody},
		},
	}
}
