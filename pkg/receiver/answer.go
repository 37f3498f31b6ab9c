package receiver

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

const (
	// maxReason is the largest body of an answer that is not a success; Grafana keeps as much in its log.
	maxReason = 1024
	// maxListed bounds the deliveries and the notes that an answer lists.
	maxListed = 10
	// maxText bounds one provider's text in an answer, in runes.
	maxText = 200
)

type deliveryAnswer struct {
	ID      string     `json:"id"`
	Step    int        `json:"step"`
	Account string     `json:"account"`
	Target  string     `json:"target"`
	State   core.State `json:"state"`
	Reason  string     `json:"reason,omitempty"`
	Code    string     `json:"code,omitempty"`
	Text    string     `json:"text,omitempty"`
	Hint    string     `json:"hint,omitempty"`
}

type resultAnswer struct {
	State      core.State       `json:"state"`
	GroupID    string           `json:"group_id"`
	Duplicate  string           `json:"duplicate,omitempty"`
	Deliveries []deliveryAnswer `json:"deliveries"`
	// More counts the deliveries that are not listed.
	More  int      `json:"more,omitempty"`
	Notes []string `json:"notes"`
	// Tags are for the source to keep with the event, where it can.
	Tags map[string]string `json:"tags,omitempty"`
}

type faultAnswer struct {
	Error     string     `json:"error"`
	Code      string     `json:"code"`
	RequestID string     `json:"request_id"`
	State     core.State `json:"state,omitempty"`
	GroupID   string     `json:"group_id,omitempty"`
}

// writeResult answers with what became of a submission, and gives the status.
func writeResult(w http.ResponseWriter, r *http.Request, v *view, res core.Result, tags map[string]string) int {
	status := http.StatusAccepted
	switch res.State {
	case core.StateDelivered, core.StateSuperseded:
		status = http.StatusOK
	case core.StateFailed:
		writeError(w, r, v, http.StatusUnprocessableEntity,
			faultAnswer{Code: "failed", State: res.State, GroupID: res.GroupID}, reasonOf(res), maxReason)
		return http.StatusUnprocessableEntity
	case core.StateWaiting, core.StateUnknown:
		// An unknown outcome must not be repeated, so the sender is told that it is taken care of.
	}
	l := language(r, v)
	a := resultAnswer{
		State: res.State, GroupID: res.GroupID, Duplicate: res.Duplicate,
		Tags: tags, Deliveries: []deliveryAnswer{}, Notes: []string{}, More: max(len(res.Deliveries)-maxListed, 0),
	}
	for _, d := range res.Deliveries[:min(len(res.Deliveries), maxListed)] {
		a.Deliveries = append(a.Deliveries, deliveryAnswer{
			ID: d.ID, Step: d.Step, Account: d.Account, Target: d.Target, State: d.State,
			Reason: string(d.Reason), Code: d.Code, Text: oneLine(d.Text), Hint: oneLine(d.Hint.In(l)),
		})
	}
	for _, n := range res.Notes[:min(len(res.Notes), maxListed)] {
		a.Notes = append(a.Notes, oneLine(n.In(l)))
	}
	writeJSON(w, status, a)
	return status
}

// reasonOf says in one sentence why nobody was reached, the last step's reason first: it is what
// would have to be put right for anybody to be reached.
func reasonOf(res core.Result) lang.Text {
	var zh, en []string
	for _, d := range slices.Backward(res.Deliveries) {
		if d.State == core.StateDelivered {
			continue
		}
		who := d.Account
		if d.Target != "" {
			who += " → " + d.Target
		}
		why := strings.TrimSpace(d.Code + " " + oneLine(d.Text))
		if why == "" {
			why = string(d.Reason)
		}
		z, e := who+"："+why, who+": "+why
		if !d.Hint.Empty() {
			z += "（" + oneLine(d.Hint.In(lang.Chinese)) + "）"
			e += " (" + oneLine(d.Hint.In(lang.English)) + ")"
		}
		zh, en = append(zh, z), append(en, e)
	}
	t := lang.Text{ZH: "没有送达任何人", EN: "nobody was reached"}
	for _, n := range res.Notes {
		zh, en = append(zh, n.In(lang.Chinese)), append(en, n.In(lang.English))
	}
	if len(zh) > 0 {
		t.ZH += "：" + strings.Join(zh, "；")
		t.EN += ": " + strings.Join(en, "; ")
	}
	return t
}

func writeFault(w http.ResponseWriter, r *http.Request, v *view, f *fault) {
	h := w.Header()
	for _, c := range f.challenges {
		h.Add("WWW-Authenticate", c)
	}
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(f.retryAfter/time.Second)))
	}
	if f.closing {
		h.Set("Connection", "close")
	}
	limit := f.limit
	if limit == 0 {
		limit = maxReason
	}
	writeError(w, r, v, f.status, faultAnswer{Code: f.code}, f.text, limit)
}

// writeError answers in text, or in JSON if the caller asks for it, with at most limit bytes.
func writeError(w http.ResponseWriter, r *http.Request, v *view, status int, a faultAnswer, text lang.Text, limit int) {
	sentence := text.In(language(r, v))
	if !wantsJSON(r) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(clip(sentence, limit-1) + "\n")) //nolint:gosec // G705: it is text/plain with nosniff
		return
	}
	a.Error, a.RequestID = sentence, requestID(r.Context())
	for budget := limit - limit/4; budget > 0 && size(a) > limit; budget /= 2 {
		a.Error = clip(a.Error, budget)
	}
	writeJSON(w, status, a)
}

// size is how many bytes an answer takes as JSON, with its line end.
func size(a faultAnswer) int {
	out, err := json.Marshal(a)
	if err != nil {
		return 0
	}
	return len(out) + 1
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the caller may have left
}

// language is the caller's, if it asks for one of ours, else the configuration's.
func language(r *http.Request, v *view) lang.Language {
	best, bestQ := v.cfg.Defaults.Language, 0.0
	if !best.Known() {
		best = lang.Languages()[0]
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q := quality(part)
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l := lang.Language(primary); l.Known() && q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}

func wantsJSON(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if media, q := quality(part); q > 0 && strings.EqualFold(media, "application/json") {
			return true
		}
	}
	return false
}

// quality splits one entry of an Accept header into its value and its weight, 1 without one.
func quality(entry string) (string, float64) {
	value, parameters, _ := strings.Cut(entry, ";")
	q := 1.0
	for p := range strings.SplitSeq(parameters, ";") {
		if number, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			parsed, err := strconv.ParseFloat(number, 64)
			if err != nil {
				parsed = 0
			}
			q = parsed
		}
	}
	return strings.TrimSpace(value), q
}

// oneLine is s without line breaks and control characters, at most maxText runes.
func oneLine(s string) string {
	plain := strings.IndexFunc(s, unicode.IsControl) < 0
	if plain && utf8.RuneCountInString(s) <= maxText {
		return s
	}
	s = strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return s
}

// clip cuts s to at most limit bytes, never in the middle of a character.
func clip(s string, limit int) string {
	const ellipsis = "…"
	if len(s) <= limit {
		return s
	}
	if limit <= len(ellipsis) {
		return ""
	}
	cut := limit - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + ellipsis
}
