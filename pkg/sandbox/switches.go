package sandbox

import (
	"encoding/json"
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// faultRow is one kind of fault on the page, with a switch for each provider.
type faultRow struct {
	Key      string
	Switches []faultSwitch
}

// faultSwitch is one button; JSON is the fault that it switches on.
type faultSwitch struct {
	ID       string
	Provider string
	JSON     string
	On       bool
	Hits     int
}

// presets are the faults that the page offers for every provider.
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

// faultRows returns the page's switches, and the active faults that none of them stands for.
func faultRows(plays []stage.Play, active []stage.Fault) ([]faultRow, []stage.Fault) {
	var rows []faultRow
	var ids []string
	for _, preset := range presets() {
		row := faultRow{Key: "fault_" + string(preset.Kind)}
		for _, p := range plays {
			provider := p.Provider
			if preset.Kind == stage.FaultExpired && p.Expire == nil {
				continue
			}
			f := preset
			f.Provider, f.ID = provider, "page-"+provider+"-"+string(preset.Kind)
			ids = append(ids, f.ID)
			// A struct of strings and numbers always marshals.
			raw, _ := json.Marshal(f)
			sw := faultSwitch{ID: f.ID, Provider: provider, JSON: string(raw)}
			if i := slices.IndexFunc(active, func(a stage.Fault) bool { return a.ID == f.ID }); i >= 0 {
				sw.On, sw.Hits = true, active[i].Hits
			}
			row.Switches = append(row.Switches, sw)
		}
		rows = append(rows, row)
	}
	others := slices.DeleteFunc(slices.Clone(active), func(f stage.Fault) bool { return slices.Contains(ids, f.ID) })
	return rows, others
}
