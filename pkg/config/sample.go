package config

import _ "embed"

//go:embed sample.yaml
var sample string

// Sample is a complete configuration with comments in Chinese and English. It needs the types
// feishu_app and dingtalk_robot, and the environment variables FEISHU_APP_SECRET and DINGTALK_TOKEN.
func Sample() string { return sample }
