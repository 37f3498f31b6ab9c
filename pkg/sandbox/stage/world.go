package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// User is somebody in the simulated organisation.
type User struct {
	Name    string `json:"name"`
	Email   string `json:"email,omitempty"`
	Mobile  string `json:"mobile,omitempty"`
	UserID  string `json:"user_id"`
	UnionID string `json:"union_id"`
	// OpenID is the user's open_id for the first app; other apps see another one.
	OpenID string `json:"open_id"`
	// Mailbox is the organisation's mailbox address, which Feishu does not look people up by.
	Mailbox string `json:"mailbox,omitempty"`
	// Resigned people can be named but not reached.
	Resigned bool `json:"resigned,omitempty"`
	// Stopped people have stopped every bot from writing to them.
	Stopped bool `json:"stopped,omitempty"`
}

// App is a Feishu app with a bot.
type App struct {
	ID     string `json:"app_id"`
	Secret string `json:"app_secret,omitempty"`
	Name   string `json:"name"`
	// Hidden are the user_ids outside the app's availability.
	Hidden []string `json:"hidden,omitempty"`
	// NoLimits lifts the limits of this app and of what it sends to.
	NoLimits bool `json:"no_limits,omitempty"`
	// QuotaSMS and QuotaPhone are how many urgent messages are left; negative is without end.
	QuotaSMS   int `json:"quota_sms"`
	QuotaPhone int `json:"quota_phone"`
	// BotOff plays an app whose bot is not enabled.
	BotOff bool `json:"bot_off,omitempty"`
}

// Chat is a Feishu group.
type Chat struct {
	ID   string `json:"chat_id"`
	Name string `json:"name"`
	// Members are user_ids; Bots are app ids. "*" among them means everybody.
	Members []string `json:"members"`
	Bots    []string `json:"bots"`
	// Muted forbids bots to speak; NoUrgent forbids them to urge; Dissolved ends the chat.
	Muted     bool `json:"muted,omitempty"`
	NoUrgent  bool `json:"no_urgent,omitempty"`
	Dissolved bool `json:"dissolved,omitempty"`
}

// Robot is a DingTalk custom robot in a group.
type Robot struct {
	Token  string `json:"access_token"`
	Secret string `json:"secret,omitempty"`
	Group  string `json:"group"`
	// Members are user_ids of the group.
	Members []string `json:"members"`
	// Keywords are the robot's keywords: a message must hold one of them. AllowIPs are addresses or CIDRs.
	Keywords []string `json:"keywords,omitempty"`
	AllowIPs []string `json:"allow_ips,omitempty"`
	// LimitCode is the errcode of "too fast": 410100 (default) or 130101.
	LimitCode int `json:"limit_code,omitempty"`
	// ErrcodeAsString answers with errcode in quotes, as one documented example does.
	ErrcodeAsString bool `json:"errcode_as_string,omitempty"`
	NoLimits        bool `json:"no_limits,omitempty"`
	Disabled        bool `json:"disabled,omitempty"`
	Disbanded       bool `json:"disbanded,omitempty"`
}

// World is everybody and everything that the providers know. Secrets are left out of View. All plays share the
// users; what else they have of their own is in Plays, by provider.
type World struct {
	Users  []User  `json:"users"`
	Apps   []App   `json:"apps"`
	Chats  []Chat  `json:"chats"`
	Robots []Robot `json:"robots"`

	Plays map[string]json.RawMessage `json:"plays,omitempty"`
}

type world struct {
	users    []*User
	apps     map[string]*App
	chats    map[string]*Chat
	robots   map[string]*Robot
	firstApp string
	openIDs  map[string]openID
}

type openID struct {
	app  string
	user *User
}

func newWorld() *world {
	return &world{
		apps: map[string]*App{}, chats: map[string]*Chat{}, robots: map[string]*Robot{},
		openIDs: map[string]openID{},
	}
}

// Add registers everything in w; what has the same id is replaced. It returns an error that
// names what lacks an id.
func (s *Stage) Add(w World) error {
	for _, u := range w.Users {
		if u.UserID == "" || u.Name == "" {
			return fmt.Errorf("user %q: needs a name and a user_id", u.Name+u.UserID)
		}
	}
	for _, a := range w.Apps {
		if a.ID == "" || a.Secret == "" {
			return fmt.Errorf("app %q: needs an app_id and an app_secret", a.ID)
		}
	}
	for _, c := range w.Chats {
		if !strings.HasPrefix(c.ID, "oc_") {
			return fmt.Errorf("chat %q: needs a chat_id that begins with oc_", c.ID)
		}
	}
	for _, r := range w.Robots {
		if r.Token == "" {
			return fmt.Errorf("robot of group %q: needs an access_token", r.Group)
		}
	}
	s.mu.Lock()
	s.world.add(w)
	s.mu.Unlock()
	s.hub.wake()
	return nil
}

func (w *world) add(more World) {
	for _, a := range more.Apps {
		if w.firstApp == "" {
			w.firstApp = a.ID
		}
		w.apps[a.ID] = &a
	}
	for _, u := range more.Users {
		w.users = slices.DeleteFunc(w.users, func(old *User) bool { return old.UserID == u.UserID })
		if u.UnionID == "" {
			u.UnionID = "on_" + digest("union", u.UserID)
		}
		if u.OpenID == "" {
			u.OpenID = "ou_" + digest("open", u.UserID)
		}
		w.users = append(w.users, &u)
	}
	for _, c := range more.Chats {
		w.chats[c.ID] = &c
	}
	for _, r := range more.Robots {
		if r.Group == "" {
			r.Group = "robot " + digest("group", r.Token)[:6]
		}
		w.robots[r.Token] = &r
	}
	w.openIDs = map[string]openID{}
	for app := range w.apps {
		for _, u := range w.users {
			w.openIDs[w.openID(app, u)] = openID{app: app, user: u}
		}
	}
}

func (w *world) openID(app string, u *User) string {
	if app == w.firstApp {
		return u.OpenID
	}
	return "ou_" + digest(app, u.UnionID)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:16])
}

// Replace returns old with more in it: what has the same id is replaced.
func Replace[T any](old, more []T, id func(T) string) []T {
	out := slices.DeleteFunc(slices.Clone(old), func(o T) bool {
		return slices.ContainsFunc(more, func(m T) bool { return id(m) == id(o) })
	})
	return append(out, more...)
}

// View is the world without its secrets, in the order of ids.
func (s *Stage) View() World {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := World{Users: make([]User, 0, len(s.world.users))}
	for _, u := range s.world.users {
		v.Users = append(v.Users, *u)
	}
	for _, id := range slices.Sorted(maps.Keys(s.world.apps)) {
		a := *s.world.apps[id]
		a.Secret = ""
		v.Apps = append(v.Apps, a)
	}
	for _, id := range slices.Sorted(maps.Keys(s.world.chats)) {
		v.Chats = append(v.Chats, *s.world.chats[id])
	}
	for _, id := range slices.Sorted(maps.Keys(s.world.robots)) {
		r := *s.world.robots[id]
		r.Secret, r.Token = "", Mask(r.Token)
		v.Robots = append(v.Robots, r)
	}
	return v
}

// Mask shortens a credential so that people can tell two apart and nobody can use it.
func Mask(credential string) string {
	if len(credential) <= 8 {
		return "…"
	}
	return credential[:4] + "…"
}

// App returns a copy of the app with this id.
func (s *Stage) App(id string) (App, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.world.apps[id]
	if !ok {
		return App{}, false
	}
	return *a, true
}

// SpendQuota takes one urgent message by SMS or phone from the app's quota; it returns false when
// none is left.
func (s *Stage) SpendQuota(app string, phone bool, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.world.apps[app]
	if !ok {
		return false
	}
	left := &a.QuotaSMS
	if phone {
		left = &a.QuotaPhone
	}
	if *left < 0 {
		return true
	}
	if *left < n {
		return false
	}
	*left -= n
	return true
}

// Chat returns a copy of the group with this id.
func (s *Stage) Chat(id string) (Chat, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.world.chats[id]
	if !ok {
		return Chat{}, false
	}
	return *c, true
}

// Robot returns a copy of the robot with this token.
func (s *Stage) Robot(token string) (Robot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.world.robots[token]
	if !ok {
		return Robot{}, false
	}
	return *r, true
}

// UserBy returns the first user that match accepts.
func (s *Stage) UserBy(match func(*User) bool) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.world.users {
		if match(u) {
			return *u, true
		}
	}
	return User{}, false
}

// UserByOpenID finds the user behind an open_id, and the app that the id belongs to.
func (s *Stage) UserByOpenID(id string) (user User, app string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.world.openIDs[id]
	if !ok {
		return User{}, "", false
	}
	return *found.user, found.app, true
}

// OpenID is the open_id by which app knows the user.
func (s *Stage) OpenID(app string, u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.openID(app, &u)
}
