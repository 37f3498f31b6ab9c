// Package teams plays the part of Power Automate that posts cards into Microsoft Teams: the addresses of Workflows webhooks.
package teams

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// Provider is the name of this play.
const Provider = "teams"

const (
	typeName = "teams"
	kind     = "channel"

	// maxPost is the longest message that Teams takes, in bytes.
	// https://learn.microsoft.com/en-us/connectors/teams/, known issues and limitations with actions
	maxPost = 28 << 10
	// perSecond is how many posts a second the connectors took; what a flow takes is not published.
	perSecond = 4
)

// The codes of a flow's address.
const (
	codeDisabled = "WorkflowTriggerIsNotEnabled"
	codeUnknown  = "WorkflowNotFound"
	codeNoLogin  = "DirectApiAuthorizationRequired"
	codeBadSig   = "AuthorizationFailed"
	codeContent  = "InvalidRequestContent"
	codeTooFast  = "TooManyRequests"
	// codeCard refuses a card that the flow could not post. The real address answers 202 to that, and the run fails where
	// the sender cannot see it; the play says it at once, so that tests can.
	codeCard = "TriggerInputSchemaMismatch"
)

type play struct {
	stage *stage.Stage

	mu    sync.Mutex
	world World
}

// New returns the play.
func New(s *stage.Stage) stage.Play {
	p := &play{stage: s, world: demo()}
	return stage.Play{
		Provider: Provider, Title: lang.Text{ZH: "Microsoft Teams", EN: "Microsoft Teams"}, Types: []string{typeName},
		Accounts: accounts(), Add: p.add, View: p.view, Places: p.places, Sender: func(stage.Message) string { return "Workflows" },
		Kinds: map[string]lang.Text{kind: {ZH: "Teams 频道", EN: "Teams channel"}},
		Routes: []stage.Route{
			// The two forms of a flow's address, before and since the move of late 2025.
			{Pattern: "POST /workflows/{flow}/triggers/{trigger}/paths/invoke", Endpoint: "flow", Serve: p.serve},
			{Pattern: "POST /powerautomate/automations/direct/workflows/{flow}/triggers/{trigger}/paths/invoke", Endpoint: "flow", Serve: p.serve},
		},
		Refuse: func(code stage.Code, text string, status int) stage.Answer {
			return refuse(cmp.Or(status, code.Int(), http.StatusBadRequest), string(code), text)
		},
		Limited: func(_ *stage.Call, f stage.Fault) stage.Answer { return tooFast(f.Delay()) },
	}
}

func refuse(status int, code, text string) stage.Answer {
	// Strings always marshal.
	raw, _ := json.Marshal(map[string]any{"error": map[string]string{"code": code, "message": text}})
	return stage.Answer{Status: status, Body: raw, Outcome: code}
}

func tooFast(wait time.Duration) stage.Answer {
	a := refuse(http.StatusTooManyRequests, codeTooFast, "Rate limit is exceeded. Try again later.")
	a.Header = map[string]string{"Retry-After": strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second)))}
	return a
}

// serve checks in this order: flow, signature, rate, card.
func (p *play) serve(c *stage.Call) stage.Answer {
	id, sig := c.PathValue("flow"), c.URL.Query().Get("sig")
	flow, known := p.flow(id)
	switch {
	case !known:
		return refuse(http.StatusNotFound, codeUnknown, "The workflow '"+id+"' could not be found.")
	case sig == "":
		return refuse(http.StatusUnauthorized, codeNoLogin, "The request to access the trigger needs an OAuth authorization scheme, and has none.")
	case sig != flow.Sig:
		return refuse(http.StatusUnauthorized, codeBadSig, "The authentication credentials are not valid.")
	case flow.Off:
		return refuse(http.StatusBadRequest, codeDisabled, "Could not execute workflow '"+id+"' trigger, since it is not enabled.")
	case !flow.NoLimits && p.stage.Take("teams/flow/"+id, stage.Rate{Count: perSecond, Per: time.Second}) > 0:
		return tooFast(time.Second)
	case !c.JSONBody() || !json.Valid(c.Body):
		return refuse(http.StatusBadRequest, codeContent, "The request content is not valid JSON.")
	case len(c.Body) > maxPost:
		return refuse(http.StatusBadRequest, codeCard, "[sandbox] the message is longer than 28 KB: the flow's run would fail with RequestEntityTooLarge")
	}
	names, err := readPost(c.Body)
	if err != nil {
		return refuse(http.StatusBadRequest, codeCard, "[sandbox] the flow's run would fail: "+err.Error())
	}
	run := p.stage.NewID("0858")
	if !flow.Fails {
		p.stage.Deliver(stage.Message{
			ID: p.stage.NewID("tm_"), Provider: Provider, Type: typeName, App: stage.Mask(flow.ID), Conversation: flow.conversation(),
			Form: "AdaptiveCard", Content: c.Body, Mentions: p.judge(flow, names),
			Request: &stage.Request{Method: c.Method, Path: strings.ReplaceAll(c.URL.Path, id, stage.Mask(id)), Body: string(c.Body)},
		}, "", 0)
	}
	return stage.Answer{Status: http.StatusAccepted, Header: map[string]string{"X-Ms-Workflow-Run-Id": run}, Outcome: stage.Success}
}

func (p *play) flow(id string) (Flow, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.world.Flows, func(f Flow) bool { return f.ID == id })
	if i < 0 {
		return Flow{}, false
	}
	return p.world.Flows[i], true
}

// judge decides whom a card notifies: members of the channel, by user principal name.
func (p *play) judge(f Flow, ids []string) []stage.Mention {
	var found []stage.Mention
	for _, id := range ids {
		m := stage.Mention{ID: id}
		u, known := p.stage.UserBy(func(u *stage.User) bool { return strings.EqualFold(u.Email, id) })
		switch {
		case !known:
			m.Why = "nobody has this login"
		case u.Resigned, !slices.Contains(f.Members, "*") && !slices.Contains(f.Members, u.UserID):
			m.Why = "not in this channel's team"
		default:
			m.Notified = true
		}
		m.Name = u.Name
		found = append(found, m)
	}
	return found
}
