package apptest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// account is a service account.
type account struct {
	ID     int64    `json:"id"`
	Name   string   `json:"name"`
	Login  string   `json:"login"`
	Role   string   `json:"role"`
	OrgID  int64    `json:"orgId"`
	Tokens []*token `json:"-"`
}

type token struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	key  string
}

func (g *Grafana) searchAccounts(w http.ResponseWriter, r *http.Request) {
	o, _, ok := g.entered(w, r, "Admin")
	if !ok {
		return
	}
	query := strings.ToLower(r.URL.Query().Get("query"))
	o.mu.Lock()
	defer o.mu.Unlock()
	found := []object{}
	for _, a := range o.accounts {
		if strings.Contains(strings.ToLower(a.Name), query) {
			found = append(found, object{
				"id": a.ID, "name": a.Name, "login": a.Login, "orgId": a.OrgID, "role": a.Role, "isDisabled": false, "tokens": len(a.Tokens),
			})
		}
	}
	gives(w, http.StatusOK, object{"totalCount": len(found), "serviceAccounts": found, "page": 1, "perPage": 100})
}

func (g *Grafana) postAccount(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Role string }
	o, _, ok := g.entered(w, r, "Admin")
	if !ok || !into(w, r, &in) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.accounts, func(a *account) bool { return a.Name == in.Name }) {
		says(w, http.StatusBadRequest, "service account already exists")
		return
	}
	a := &account{
		ID: int64(len(o.accounts) + 1), Name: in.Name, Role: in.Role, OrgID: o.id,
		Login: "sa-" + strconv.FormatInt(o.id, 10) + "-" + strings.ToLower(strings.ReplaceAll(in.Name, " ", "-")),
	}
	o.accounts = append(o.accounts, a)
	gives(w, http.StatusCreated, a)
}

// webhookToken is one of a service account of the first organisation that may call the app and nothing else.
func (g *Grafana) webhookToken() string {
	o := g.org(1)
	o.mu.Lock()
	defer o.mu.Unlock()
	a := &account{ID: int64(len(o.accounts) + 1), Name: "demo", Login: "sa-1-demo", Role: "Viewer", OrgID: o.id}
	o.accounts = append(o.accounts, a)
	return g.tokenOf(a, "demo").key
}

// tokenOf adds a token to an account, whose organisation is locked.
func (g *Grafana) tokenOf(a *account, name string) *token {
	t := &token{ID: int64(len(a.Tokens) + 1), Name: name, key: "glsa_" + rand.Text()}
	a.Tokens = append(a.Tokens, t)
	g.mu.Lock()
	g.tokens[t.key] = visitor{org: a.OrgID, role: a.Role, login: a.Login}
	g.mu.Unlock()
	return t
}

// accountOf finds the account that a path names; o is locked.
func (o *org) accountOf(w http.ResponseWriter, r *http.Request) *account {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	for _, a := range o.accounts {
		if a.ID == id {
			return a
		}
	}
	says(w, http.StatusNotFound, "service account not found")
	return nil
}

func (g *Grafana) getTokens(w http.ResponseWriter, r *http.Request) {
	o, _, ok := g.entered(w, r, "Admin")
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if a := o.accountOf(w, r); a != nil {
		gives(w, http.StatusOK, a.Tokens)
	}
}

// postToken makes a token. Its name is taken when any account of the organisation has one of that name.
func (g *Grafana) postToken(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	o, _, ok := g.entered(w, r, "Admin")
	if !ok || !into(w, r, &in) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.accountOf(w, r)
	if a == nil {
		return
	}
	for _, other := range o.accounts {
		if slices.ContainsFunc(other.Tokens, func(t *token) bool { return t.Name == in.Name }) {
			says(w, http.StatusBadRequest, "ErrTokenAlreadyExists")
			return
		}
	}
	t := g.tokenOf(a, in.Name)
	gives(w, http.StatusOK, object{"id": t.ID, "name": t.Name, "key": t.key})
}

func (g *Grafana) deleteToken(w http.ResponseWriter, r *http.Request) {
	o, _, ok := g.entered(w, r, "Admin")
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.accountOf(w, r)
	if a == nil {
		return
	}
	id, _ := strconv.ParseInt(r.PathValue("token"), 10, 64)
	i := slices.IndexFunc(a.Tokens, func(t *token) bool { return t.ID == id })
	if i < 0 {
		says(w, http.StatusNotFound, "service account token not found")
		return
	}
	g.mu.Lock()
	delete(g.tokens, a.Tokens[i].key)
	g.mu.Unlock()
	a.Tokens = slices.Delete(a.Tokens, i, i+1)
	says(w, http.StatusOK, "API key deleted")
}
