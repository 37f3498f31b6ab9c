package zabbix

// Field is one fact of an event: its name on the way to Yunluo, and the macros that stand for it.
type Field struct {
	Name  string
	Macro string
	// On lists the event sources whose templates carry it; none means every one.
	On []EventSource
}

// EventSource is where an event comes from, as {EVENT.SOURCE} numbers it.
type EventSource string

// The event sources of Zabbix.
const (
	Trigger          EventSource = "0"
	Discovery        EventSource = "1"
	Autoregistration EventSource = "2"
	Internal         EventSource = "3"
	Service          EventSource = "4"
)

// Fields lists the facts in the order in which a header has them: what only Zabbix knows comes first, what people can
// write comes last. All macros but {EVENT.TIMESTAMP} were seen resolved by zabbix_server 6.0.14; those that a version
// or an event does not have stay as they are, and are left out.
// See https://www.zabbix.com/documentation/6.0/en/manual/appendix/macros/supported_by_location.
func Fields() []Field {
	problems := []EventSource{Trigger, Service}
	recovering := []EventSource{Trigger, Internal, Service}
	onHosts := []EventSource{Trigger, Internal}
	return []Field{
		{Name: "source", Macro: "{EVENT.SOURCE}"},
		{Name: "value", Macro: "{EVENT.VALUE}", On: recovering},
		{Name: "update", Macro: "{EVENT.UPDATE.STATUS}", On: problems},
		{Name: "nseverity", Macro: "{EVENT.NSEVERITY}", On: problems},
		{Name: "date", Macro: "{EVENT.DATE}"},
		{Name: "time", Macro: "{EVENT.TIME}"},
		{Name: "timestamp", Macro: "{EVENT.TIMESTAMP}"},
		// Dates are in the reader's time zone, which is not told. These three say which it is.
		{Name: "now_date", Macro: "{DATE}"},
		{Name: "now_time", Macro: "{TIME}"},
		{Name: "now", Macro: "{{TIME}.fmttime(%s)}"},
		{Name: "recovery_date", Macro: "{EVENT.RECOVERY.DATE}", On: recovering},
		{Name: "recovery_time", Macro: "{EVENT.RECOVERY.TIME}", On: recovering},
		{Name: "update_date", Macro: "{EVENT.UPDATE.DATE}", On: problems},
		{Name: "update_time", Macro: "{EVENT.UPDATE.TIME}", On: problems},
		{Name: "trigger", Macro: "{TRIGGER.ID}", On: []EventSource{Trigger}},
		{Name: "zabbix", Macro: "{$ZABBIX.URL}"},
		{Name: "severity", Macro: "{EVENT.SEVERITY}", On: problems},
		{Name: "action", Macro: "{EVENT.UPDATE.ACTION}", On: problems},
		{Name: "user", Macro: "{USER.FULLNAME}", On: problems},
		{Name: "device", Macro: "{DISCOVERY.DEVICE.IPADDRESS}", On: []EventSource{Discovery}},
		{Name: "device_dns", Macro: "{DISCOVERY.DEVICE.DNS}", On: []EventSource{Discovery}},
		{Name: "device_status", Macro: "{DISCOVERY.DEVICE.STATUS}", On: []EventSource{Discovery}},
		{Name: "device_service", Macro: "{DISCOVERY.SERVICE.NAME}", On: []EventSource{Discovery}},
		{Name: "device_port", Macro: "{DISCOVERY.SERVICE.PORT}", On: []EventSource{Discovery}},
		{Name: "device_service_status", Macro: "{DISCOVERY.SERVICE.STATUS}", On: []EventSource{Discovery}},
		{Name: "rule", Macro: "{DISCOVERY.RULE.NAME}", On: []EventSource{Discovery}},
		{Name: "ip", Macro: "{HOST.IP}", On: []EventSource{Trigger, Autoregistration, Internal}},
		{Name: "port", Macro: "{HOST.PORT}", On: []EventSource{Autoregistration}},
		{Name: "new_host", Macro: "{HOST.HOST}", On: []EventSource{Autoregistration}},
		{Name: "metadata", Macro: "{HOST.METADATA}", On: []EventSource{Autoregistration}},
		{Name: "host", Macro: "{HOST.NAME}", On: onHosts},
		{Name: "groups", Macro: "{TRIGGER.HOSTGROUP.NAME}", On: []EventSource{Trigger}},
		{Name: "item", Macro: "{ITEM.NAME}", On: []EventSource{Internal}},
		{Name: "service", Macro: "{SERVICE.NAME}", On: []EventSource{Service}},
		{Name: "url", Macro: "{TRIGGER.URL}", On: []EventSource{Trigger}},
		{Name: "tags", Macro: "{EVENT.TAGSJSON}", On: problems},
		{Name: "name", Macro: "{EVENT.NAME}", On: recovering},
		{Name: "opdata", Macro: "{EVENT.OPDATA}", On: []EventSource{Trigger}},
		{Name: "root_cause", Macro: "{SERVICE.ROOTCAUSE}", On: []EventSource{Service}},
		{Name: "comment", Macro: "{EVENT.UPDATE.MESSAGE}", On: problems},
		{Name: "history", Macro: "{EVENT.UPDATE.HISTORY}", On: problems},
	}
}
