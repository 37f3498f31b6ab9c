package config

import _ "embed"

//go:embed sample.yaml
var sample string

// Sample is a complete configuration with comments in Chinese and English. It needs the types
// feishu_app and dingtalk_robot, and the environment variables FEISHU_APP_SECRET, DINGTALK_TOKEN,
// GRAFANA_TOKEN and ALERTMANAGER_PASSWORD.
func Sample() string { return sample }
