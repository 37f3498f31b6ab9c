package zabbix

import (
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// update says who did what to a problem.
func (r reading) update() string {
	who, did, comment := r.facts["user"], r.facts["action"], r.facts["comment"]
	if r.lang != lang.English {
		did = chinese(did)
	}
	said := strings.TrimSpace(who + " " + did)
	if comment == "" {
		return said
	}
	return said + r.say("：", ": ") + comment
}

// chinese translates {EVENT.UPDATE.ACTION}, which Zabbix words in English, such as "acknowledged, commented and
// changed severity from Average to High". What it does not know it leaves as it is.
func chinese(action string) string {
	known := []struct{ en, zh string }{
		{"acknowledged", "确认了问题"},
		{"unacknowledged", "撤销了确认"},
		{"commented", "留言"},
		{"closed", "关闭了问题"},
		{"unsuppressed", "取消了抑制"},
		{"suppressed", "抑制了问题"},
	}
	var did []string
	for rest := action; rest != ""; {
		part, next := nextPart(rest)
		at := -1
		for i, k := range known {
			if part == k.en {
				at = i
			}
		}
		from, to, severity := changedSeverity(part)
		switch {
		case at >= 0:
			did = append(did, known[at].zh)
		case severity:
			did = append(did, "把级别由“"+severityWord(from)+"”改为“"+severityWord(to)+"”")
		default:
			return action
		}
		rest = next
	}
	return strings.Join(did, "、")
}

func nextPart(s string) (part, rest string) {
	comma, and := strings.Index(s, ", "), strings.Index(s, " and ")
	switch {
	case comma >= 0 && (and < 0 || comma < and):
		return s[:comma], s[comma+len(", "):]
	case and >= 0:
		return s[:and], s[and+len(" and "):]
	}
	return s, ""
}

func changedSeverity(s string) (from, to string, ok bool) {
	s, ok = strings.CutPrefix(s, "changed severity from ")
	if !ok {
		return "", "", false
	}
	return strings.Cut(s, " to ")
}

// severityWord is how Zabbix's Chinese pages call its own severities; an installation may have renamed them.
func severityWord(s string) string {
	switch s {
	case "Not classified":
		return "未分类"
	case "Information":
		return "信息"
	case "Warning":
		return "警告"
	case "Average":
		return "一般严重"
	case "High":
		return "严重"
	case "Disaster":
		return "灾难"
	}
	return s
}
