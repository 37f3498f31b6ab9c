package sandbox

import (
	"encoding/json"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// faultSwitch is one button; JSON is the fault that it switches on.
type faultSwitch struct {
	// Key is the sentence that names it.
	Key  string
	ID   string
	JSON string
	On   bool
	Hits int
}

// presets are the faults that the page offers for each provider.
func presets() []stage.Fault {
	return []stage.Fault{
		{Kind: stage.FaultRefuse},
		{Kind: stage.FaultReset},
		{Kind: stage.FaultSlow, DelayMS: 3000},
		{Kind: stage.FaultLoseAnswer},
		{Kind: stage.FaultStatus, Status: 502},
		{Kind: stage.FaultExpired},
		{Kind: stage.FaultLimited, DelayMS: 5000},
		{Kind: stage.FaultHTML},
		{Kind: stage.FaultTruncated},
		{Kind: stage.FaultHuge},
	}
}

// faultSwitches returns a play's switches, and the active faults that none of them stands for.
func faultSwitches(p stage.Play, active []stage.Fault) ([]faultSwitch, []stage.Fault) {
	var list []faultSwitch
	others := slices.Clone(active)
	for _, f := range presets() {
		if (f.Kind == stage.FaultExpired && p.Expire == nil) || (p.Faults != nil && !slices.Contains(p.Faults, f.Kind)) {
			continue
		}
		f.Provider, f.ID = p.Provider, "page-"+p.Provider+"-"+string(f.Kind)
		// A struct of strings and numbers always marshals.
		raw, _ := json.Marshal(f)
		one := faultSwitch{Key: "fault_" + string(f.Kind), ID: f.ID, JSON: string(raw)}
		if i := slices.IndexFunc(others, func(a stage.Fault) bool { return a.ID == f.ID }); i >= 0 {
			one.On, one.Hits = true, others[i].Hits
			others = slices.Delete(others, i, i+1)
		}
		list = append(list, one)
	}
	return list, others
}
