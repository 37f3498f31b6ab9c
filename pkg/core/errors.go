package core

import "github.com/yunluo-alerts/yunluo/pkg/lang"

// The errors of a core. Each is wrapped in a sentence that names what was wrong and what would be right, in both languages (lang.TextOf).
var (
	// ErrUnknownContactPoint: no contact point, account or target of that name.
	ErrUnknownContactPoint = lang.Wrong("没有这个联络点或目标", "unknown contact point")
	// ErrInvalid: the request itself can never be served.
	ErrInvalid = lang.Wrong("请求无效", "invalid request")
	// ErrNotFound: no such delivery.
	ErrNotFound = lang.Wrong("找不到", "not found")
	// ErrStore: it could not be stored, so nothing was accepted; try again later.
	ErrStore = lang.Wrong("存不下", "cannot store")
	// ErrUnreachable: the core could not be asked, or died while it was.
	ErrUnreachable = lang.Wrong("联系不上核心", "the core cannot be reached")
	// ErrConfig: the configuration is not valid; the one in force stays.
	ErrConfig = lang.Wrong("配置无效", "invalid configuration")
)
