package receiver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// groupPath leads to the page of one group. Zabbix links to it from a problem's menu.
const groupPath = "/groups/"

// pageTimeout is what a core may take to say what became of a group.
const pageTimeout = 5 * time.Second

// groupPage tells a browser who was told of a group. It needs no credential, since Zabbix's menu has none to give:
// whoever knows the group's id, 74 random bits that only the sender was told, may see names, targets and outcomes.
func (s *Server) groupPage(w http.ResponseWriter, r *http.Request) {
	v := s.view.Load()
	if f := onlyReading(r); f != nil {
		answer.WriteFault(w, r, v.language(), f)
		return
	}
	id := r.PathValue("id")
	if _, err := uuid.Parse(id); err != nil {
		answer.WriteFault(w, r, v.language(), noGroup())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	page, err := s.core.History(ctx, core.HistoryQuery{Tenant: config.MainTenant, GroupID: id})
	switch {
	case err != nil:
		answer.WriteFault(w, r, v.language(), s.faultOf(ctx, v, "", err))
		return
	case len(page.Deliveries) == 0:
		answer.WriteFault(w, r, v.language(), noGroup())
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(v.groupText(page.Deliveries, answer.Language(r, v.language()))))
}

func noGroup() *answer.Fault {
	return &answer.Fault{Status: http.StatusNotFound, Code: "no_group", Text: lang.Text{
		ZH: "没有这组告警的记录：地址不对，或已超过保留期（retention）", EN: "there is no record of this group: the address is wrong, or it is past its retention",
	}}
}

// groupText lists deliveries, the newest first.
func (v *view) groupText(list []core.Delivery, l lang.Language) string {
	zone := v.cfg.Defaults.Location
	if zone == nil {
		zone = time.UTC
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", answer.OneLine(list[0].Title))
	for _, d := range list {
		at := d.FinishedAt
		if at.IsZero() {
			at = d.CreatedAt
		}
		fmt.Fprintf(&b, "%s  %s  %s", at.In(zone).Format(time.DateTime), stateWord(d.State).In(l), d.Account)
		if d.Target != "" {
			b.WriteString(" → " + d.Target)
		}
		b.WriteString("  " + answer.OneLine(d.Title) + "\n")
		if why := strings.TrimSpace(d.Code + " " + answer.OneLine(d.Text)); why != "" && d.State != core.StateDelivered {
			b.WriteString("    " + why + "\n")
		}
		if hint := answer.OneLine(d.Hint.In(l)); hint != "" && d.State != core.StateDelivered {
			b.WriteString("    → " + hint + "\n")
		}
	}
	return b.String()
}

func stateWord(s core.State) lang.Text {
	switch s {
	case core.StateDelivered:
		return lang.Text{ZH: "已送达", EN: "delivered"}
	case core.StateFailed:
		return lang.Text{ZH: "失败", EN: "failed"}
	case core.StateUnknown:
		return lang.Text{ZH: "结果未知", EN: "unknown"}
	case core.StateSuperseded:
		return lang.Text{ZH: "已合并到别的消息", EN: "told by another message"}
	case core.StateWaiting:
	}
	return lang.Text{ZH: "等待中", EN: "waiting"}
}
