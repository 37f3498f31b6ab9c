package corerpc

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/corerpc/corepb"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func toResult(r *core.Result) *corepb.Result {
	return &corepb.Result{
		GroupId:    valid(r.GroupID),
		State:      valid(r.State),
		Duplicate:  valid(r.Duplicate),
		Deliveries: list(r.Deliveries, toOutcome),
		Notes:      list(r.Notes, toNote),
	}
}

func fromResult(r *corepb.Result) core.Result {
	return core.Result{
		GroupID:    r.GetGroupId(),
		State:      core.State(r.GetState()),
		Duplicate:  r.GetDuplicate(),
		Deliveries: unlist(r.GetDeliveries(), fromOutcome),
		Notes:      unlist(r.GetNotes(), fromText),
	}
}

func toOutcome(d *core.DeliveryOutcome) *corepb.DeliveryOutcome {
	return &corepb.DeliveryOutcome{
		Id:      valid(d.ID),
		Step:    int64(d.Step),
		Account: valid(d.Account),
		Target:  valid(d.Target),
		State:   valid(d.State),
		Reason:  valid(d.Reason),
		Code:    valid(d.Code),
		Text:    valid(d.Text),
		Hint:    toText(&d.Hint),
		Receipt: d.Receipt,
	}
}

func fromOutcome(d *corepb.DeliveryOutcome) core.DeliveryOutcome {
	return core.DeliveryOutcome{
		ID:      d.GetId(),
		Step:    int(d.GetStep()),
		Account: d.GetAccount(),
		Target:  d.GetTarget(),
		State:   core.State(d.GetState()),
		Reason:  sender.Reason(d.GetReason()),
		Code:    d.GetCode(),
		Text:    d.GetText(),
		Hint:    fromText(d.GetHint()),
		Receipt: d.GetReceipt(),
	}
}

func toTest(t *core.Test) *corepb.TestRequest {
	return &corepb.TestRequest{
		Tenant:       valid(t.Tenant),
		ContactPoint: valid(t.ContactPoint),
		Severity:     int32(t.Severity),
		Text:         valid(t.Text),
		WaitNs:       int64(t.Wait),
	}
}

func fromTest(t *corepb.TestRequest) core.Test {
	return core.Test{
		Tenant:       t.GetTenant(),
		ContactPoint: t.GetContactPoint(),
		Severity:     fromSeverity(t.GetSeverity()),
		Text:         t.GetText(),
		Wait:         time.Duration(t.GetWaitNs()),
	}
}

func toHealth(h *core.Health) *corepb.Health {
	return &corepb.Health{
		Ready:       h.Ready,
		Problems:    list(h.Problems, toNote),
		Build:       valid(h.Build),
		StartedAt:   toTime(h.StartedAt),
		StorePath:   valid(h.StorePath),
		Waiting:     int64(h.Waiting),
		OldestAgeNs: int64(h.OldestAge),
		Pid:         int64(h.PID),
		ConfigPath:  valid(h.ConfigPath),
	}
}

func fromHealth(h *corepb.Health) core.Health {
	return core.Health{
		Ready:      h.GetReady(),
		Problems:   unlist(h.GetProblems(), fromText),
		Build:      h.GetBuild(),
		StartedAt:  fromTime(h.GetStartedAt()),
		StorePath:  h.GetStorePath(),
		Waiting:    int(h.GetWaiting()),
		OldestAge:  time.Duration(h.GetOldestAgeNs()),
		PID:        int(h.GetPid()),
		ConfigPath: h.GetConfigPath(),
	}
}

func toContactPoint(c *core.ContactPointInfo) *corepb.ContactPoint {
	return &corepb.ContactPoint{Name: valid(c.Name), Title: valid(c.Title)}
}

func fromContactPoint(c *corepb.ContactPoint) core.ContactPointInfo {
	return core.ContactPointInfo{Name: c.GetName(), Title: c.GetTitle()}
}
