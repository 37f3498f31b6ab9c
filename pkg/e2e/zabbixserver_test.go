package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

// zabbixServer is Debian's Zabbix 6.0 on the loopback: PostgreSQL, zabbix_server and the frontend with its API, all
// run by a user of no rights when the tests run as root.
type zabbixServer struct {
	t    testing.TB
	dir  string
	root string
	web  string
	port string
	// env is zabbix_server's whole environment, which its scripts inherit.
	env []string
	// as is who runs it all; nil is us.
	as *syscall.Credential

	server *process
	api    *zabbixapi.Client
	token  string
}

// zabbixRoot is where magefiles/zabbix.go unpacks Debian's packages.
func zabbixRoot() string {
	if os.Geteuid() == 0 {
		return "/var/cache/yunluo/zabbix-6.0"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "/nonexistent"
	}
	return filepath.Join(home, ".cache", "yunluo", "zabbix-6.0")
}

// startZabbix runs one until the test ends; more is added to the environment of zabbix_server.
func startZabbix(t *testing.T, more ...string) *zabbixServer {
	t.Helper()
	z := &zabbixServer{t: t, root: zabbixRoot()}
	if _, err := os.Stat(filepath.Join(z.root, ".done")); errors.Is(err, fs.ErrNotExist) {
		require.FailNow(t, "there is no Zabbix", "%s is missing: `go tool mage install` unpacks it", z.root)
	}
	// t.TempDir is closed to the user that Zabbix runs as, and sockets have short names.
	dir, err := os.MkdirTemp("", "yz-") //nolint:usetesting // as above
	require.NoError(t, err)
	z.dir = dir
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		require.NoError(t, err)
		uid, gid := atoi(t, nobody.Uid), atoi(t, nobody.Gid)
		z.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	for _, sub := range []string{"", "run", "tmp", "scripts", "yunluo"} {
		z.own(sub)
	}
	z.env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR=" + z.path("tmp")}, more...)
	z.startPostgres()
	z.importSchema()
	z.configure()
	z.startServer()
	z.startFrontend()
	z.login()
	return z
}

func atoi(tb testing.TB, s string) int {
	tb.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(tb, err)
	return n
}

func (z *zabbixServer) path(elem ...string) string {
	return filepath.Join(append([]string{z.dir}, elem...)...)
}

// own makes a folder of Zabbix's user.
func (z *zabbixServer) own(sub string) {
	z.t.Helper()
	require.NoError(z.t, os.MkdirAll(z.path(sub), 0o755))
	mode := os.FileMode(0o755)
	if sub == "yunluo" {
		mode = 0o700
	}
	require.NoError(z.t, os.Chmod(z.path(sub), mode))
	if z.as != nil {
		require.NoError(z.t, os.Chown(z.path(sub), int(z.as.Uid), int(z.as.Gid)))
	}
}

// write makes a file that Zabbix's user may read.
func (z *zabbixServer) write(name, text string) string {
	z.t.Helper()
	require.NoError(z.t, os.WriteFile(z.path(name), []byte(text), 0o600))
	if z.as != nil {
		require.NoError(z.t, os.Chown(z.path(name), int(z.as.Uid), int(z.as.Gid)))
	}
	return z.path(name)
}

// command is a program with zabbix_server's environment and user, in the root of the file system.
func (z *zabbixServer) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Env, cmd.Dir = z.env, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: z.as, Setpgid: true}
	return cmd
}

// unpacked is a program of the unpacked packages. It goes through the loader rather than LD_LIBRARY_PATH, which the
// scripts would inherit.
func (z *zabbixServer) unpacked(path string, args ...string) *exec.Cmd {
	libs, err := filepath.Glob(filepath.Join(z.root, "usr/lib/*-linux-gnu"))
	require.NoError(z.t, err)
	loaders, err := filepath.Glob("/lib64/ld-linux-*.so.2")
	if len(loaders) == 0 {
		loaders, err = filepath.Glob("/lib/ld-linux-*.so.1")
	}
	require.NoError(z.t, err)
	require.NotEmpty(z.t, loaders)
	args = append([]string{"--library-path", strings.Join(libs, ":"), filepath.Join(z.root, path)}, args...)
	return z.command(loaders[0], args...)
}

func (z *zabbixServer) must(cmd *exec.Cmd) string {
	z.t.Helper()
	out, err := cmd.CombinedOutput()
	require.NoError(z.t, err, "%s: %s", strings.Join(cmd.Args, " "), out)
	return string(out)
}

func postgresProgram(tb testing.TB, name string) string {
	tb.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	require.NoError(tb, err)
	require.NotEmpty(tb, found, "there is no PostgreSQL: `go tool mage install` brings it")
	return found[len(found)-1]
}

// startPostgres listens on a unix socket only, and syncs nothing to disk.
func (z *zabbixServer) startPostgres() {
	z.t.Helper()
	z.must(z.command(postgresProgram(z.t, "initdb"), "-D", z.path("pg"), "-U", "zabbix", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"))
	db := begin(z.t, z.command(postgresProgram(z.t, "postgres"), "-D", z.path("pg"), "-k", z.path("run"), "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"))
	eventually(z.t, patience, "PostgreSQL answers", func() bool {
		return z.psql("postgres", "-c", "SELECT 1").Run() == nil
	})
	z.t.Cleanup(func() { _ = db.cmd.Process.Signal(syscall.SIGINT) }) // at once, whoever is connected
}

func (z *zabbixServer) psql(db string, args ...string) *exec.Cmd {
	args = append([]string{"-h", z.path("run"), "-U", "zabbix", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", db}, args...)
	return z.command(postgresProgram(z.t, "psql"), args...)
}

// stockRows are inserts into the tables that only hold the stock templates, 94 of 97 thousand rows.
const stockRows = `^INSERT INTO (items|item_[a-z]+|functions|triggers?|trigger_[a-z]+|graphs|graphs_items|graph_[a-z]+|widget|widget_field|dashboard|` +
	`dashboard_page|valuemap|valuemap_mapping|hostmacro|host_tag|host_discovery|host_inventory|hosts_templates|lld_[a-z_]+|interface|interface_[a-z]+|` +
	`group_prototype|httptest[a-z_]*|httpstep[a-z_]*|sysmap[a-z_]*) `

// importSchema leaves the stock templates out, which takes a second rather than ten.
func (z *zabbixServer) importSchema() {
	z.t.Helper()
	var sql bytes.Buffer
	sql.WriteString("SET session_replication_role=replica;\n")
	skipped, begins := regexp.MustCompile(stockRows), regexp.MustCompile(`^(INSERT INTO|UPDATE|DELETE FROM|COMMIT;$|START TRANSACTION;$)`)
	for _, name := range []string{"schema", "images", "data"} {
		file, err := os.Open(filepath.Join(z.root, "usr/share/zabbix-server-pgsql", name+".sql.gz"))
		require.NoError(z.t, err)
		unzipped, err := gzip.NewReader(file)
		require.NoError(z.t, err)
		skip := false
		lines := bufio.NewScanner(unzipped)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			if begins.Match(lines.Bytes()) {
				skip = skipped.Match(lines.Bytes())
			}
			if !skip {
				sql.Write(append(lines.Bytes(), '\n'))
			}
		}
		require.NoError(z.t, lines.Err())
		require.NoError(z.t, file.Close())
	}
	sql.WriteString("UPDATE hosts SET status=1 WHERE status=0; ANALYZE;\n")
	z.must(z.psql("postgres", "-c", "CREATE DATABASE zabbix TEMPLATE template0 ENCODING UTF8"))
	cmd := z.psql("zabbix", "-f", "-")
	cmd.Stdin = &sql
	z.must(cmd)
}

// configure keeps the defaults that matter to what is tried: three alerters, above all.
func (z *zabbixServer) configure() {
	z.t.Helper()
	z.port = lowPort(z.t)
	z.write("zabbix_server.conf", fmt.Sprintf(`ListenIP=127.0.0.1
ListenPort=%[2]s
SourceIP=127.0.0.1
LogType=file
LogFile=%[1]s/run/server.log
LogFileSize=0
PidFile=%[1]s/run/server.pid
SocketDir=%[1]s/run
DBHost=%[1]s/run
DBName=zabbix
DBUser=zabbix
AlertScriptsPath=%[1]s/scripts
StartTrappers=3
StartPollers=1
StartPollersUnreachable=1
StartPingers=0
StartDiscoverers=1
StartHTTPPollers=0
StartPreprocessors=1
StartHistoryPollers=1
StartLLDProcessors=1
StartDBSyncers=1
StartReportWriters=0
StartProxyPollers=0
CacheUpdateFrequency=1
ServiceManagerSyncFrequency=1
HousekeepingFrequency=0
`, z.dir, z.port))
}

// lowPort is a free port that zabbix_server takes: it refuses those above 32767, which the system hands out.
func lowPort(tb testing.TB) string {
	tb.Helper()
	var lc net.ListenConfig
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		if l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:"+port); err == nil {
			require.NoError(tb, l.Close())
			return port
		}
	}
	require.FailNow(tb, "no port is free")
	return ""
}

// startServer runs zabbix_server, which daemons that its scripts left behind must not keep from starting.
func (z *zabbixServer) startServer() {
	z.t.Helper()
	require.NoError(z.t, os.RemoveAll(z.path("run", "server.log")))
	z.server = begin(z.t, z.unpacked("usr/sbin/zabbix_server", "-f", "-c", z.path("zabbix_server.conf")))
	eventually(z.t, patience, "zabbix_server is up", func() bool {
		require.False(z.t, z.server.gone(), "zabbix_server ended: %s", z.log())
		return strings.Contains(z.log(), "server #0 started [main process]")
	})
}

// gone tells whether a process has ended.
func (p *process) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

func (z *zabbixServer) log() string {
	text, _ := os.ReadFile(z.path("run", "server.log")) // none before it starts
	return string(text)
}

// startFrontend runs PHP's own server on a copy of the frontend that reads a configuration of ours.
func (z *zabbixServer) startFrontend() {
	z.t.Helper()
	z.must(exec.Command("cp", "-a", filepath.Join(z.root, "usr/share/zabbix"), z.path("web")))
	file := z.path("web/include/classes/core/CConfigFile.php")
	text, err := os.ReadFile(file)
	require.NoError(z.t, err)
	text = bytes.ReplaceAll(text, []byte("'/etc/zabbix/zabbix.conf.php'"), []byte("'"+z.path("zabbix.conf.php")+"'"))
	require.NoError(z.t, os.WriteFile(file, text, 0o644))
	z.write("zabbix.conf.php", fmt.Sprintf(`<?php
$DB['TYPE'] = 'POSTGRESQL'; $DB['SERVER'] = '%s'; $DB['PORT'] = '5432';
$DB['DATABASE'] = 'zabbix'; $DB['USER'] = 'zabbix'; $DB['PASSWORD'] = ''; $DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = false; $DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER = '127.0.0.1'; $ZBX_SERVER_PORT = '%s'; $ZBX_SERVER_NAME = 'e2e'; $IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
`, z.path("run"), z.port))
	extensions, err := filepath.Glob(filepath.Join(z.root, "usr/lib/php/2*"))
	require.NoError(z.t, err)
	require.NotEmpty(z.t, extensions)
	args := []string{"-n", "-d", "extension_dir=" + extensions[0]}
	for e := range strings.FieldsSeq("bcmath ctype fileinfo gd gettext iconv mbstring pdo pgsql posix sockets tokenizer xml dom simplexml xmlreader xmlwriter") {
		args = append(args, "-d", "extension="+e)
	}
	for _, setting := range []string{
		"post_max_size=16M", "max_execution_time=300", "max_input_time=300", "memory_limit=256M", "date.timezone=UTC", "display_errors=0",
		"session.save_path=" + z.path("tmp"),
	} {
		args = append(args, "-d", setting)
	}
	address := freePort(z.t)
	z.web = "http://" + address
	begin(z.t, z.unpacked("usr/bin/php8.2", append(args, "-S", address, "-t", z.path("web"))...))
}

// login makes an API token of the super admin, and the client that uses it.
func (z *zabbixServer) login() {
	z.t.Helper()
	rpc := func(method, auth, params string) string {
		if auth != "" {
			auth = `,"auth":"` + auth + `"`
		}
		_, answer := post(z.t, http.DefaultClient, z.web+"/api_jsonrpc.php", fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"%s","params":%s,"id":1%s}`, method, params, auth)) //nolint:forbidigo // the test's own Zabbix
		return answer
	}
	eventually(z.t, patience, "the API answers", func() bool {
		return strings.Contains(rpc("apiinfo.version", "", "[]"), `"result":"6.0`)
	})
	find := func(pattern, text string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		require.NotNil(z.t, m, text)
		return m[1]
	}
	session := find(`"result":"([0-9a-f]+)"`, rpc("user.login", "", `{"username":"Admin","password":"zabbix"}`))
	id := find(`"tokenids":\["(\d+)"`, rpc("token.create", session, `{"name":"e2e"}`))
	z.token = find(`"token":"([0-9a-f]+)"`, rpc("token.generate", session, `["`+id+`"]`))
	var err error
	z.api, err = zabbixapi.New(zabbixapi.Options{URL: z.web, Token: secret.New(z.token)})
	require.NoError(z.t, err)
}

// call asks the API and gives the result.
func (z *zabbixServer) call(method string, params any) any {
	z.t.Helper()
	var result any
	require.NoError(z.t, z.api.Call(z.t.Context(), method, params, &result))
	return result
}

// create gives the first id of what a method made.
func (z *zabbixServer) create(method, ids string, params any) string {
	z.t.Helper()
	result, ok := z.call(method, params).(map[string]any)
	require.True(z.t, ok)
	list, ok := result[ids].([]any)
	require.True(z.t, ok)
	id, ok := list[0].(string)
	require.True(z.t, ok)
	return id
}

// rows is what a get method lists.
func (z *zabbixServer) rows(method string, params any) []map[string]any {
	z.t.Helper()
	list, ok := z.call(method, params).([]any)
	require.True(z.t, ok)
	out := make([]map[string]any, len(list))
	for i, row := range list {
		out[i], ok = row.(map[string]any)
		require.True(z.t, ok)
	}
	return out
}

// send pushes a value with Debian's zabbix_sender, and tells whether the server took it.
func (z *zabbixServer) send(host, value string) bool {
	z.t.Helper()
	return z.unpacked("usr/bin/zabbix_sender", "-z", "127.0.0.1", "-p", z.port, "-s", host, "-k", "v", "-o", value).Run() == nil
}

// trap asks the server's trapper port, as agents and the web pages do.
func (z *zabbixServer) trap(request any) map[string]any {
	z.t.Helper()
	raw, err := json.Marshal(request)
	require.NoError(z.t, err)
	conn, err := new(net.Dialer).DialContext(z.t.Context(), "tcp", "127.0.0.1:"+z.port)
	require.NoError(z.t, err)
	defer conn.Close()
	require.NoError(z.t, conn.SetDeadline(time.Now().Add(patience)))
	size := uint64(len(raw))
	frame := append([]byte("ZBXD\x01"), byte(size), byte(size>>8), byte(size>>16), byte(size>>24), 0, 0, 0, 0)
	_, err = conn.Write(append(frame, raw...))
	require.NoError(z.t, err)
	var answer bytes.Buffer
	_, err = answer.ReadFrom(conn)
	require.NoError(z.t, err)
	require.Greater(z.t, answer.Len(), 13)
	var out map[string]any
	require.NoError(z.t, json.Unmarshal(bytes.ToValidUTF8(answer.Bytes()[13:], []byte("?")), &out), answer.String())
	return out
}

// watched is a host with a trapper item, triggers on it, and a user who is told by a media type.
type watched struct {
	*zabbixServer
	host, group string
}

// watch makes one of a name: n triggers of a severity fire when its value is above zero.
func (z *zabbixServer) watch(name, mediaType, sendTo string, severity, n int) watched {
	z.t.Helper()
	w := watched{zabbixServer: z, host: name}
	w.group = z.create("hostgroup.create", "groupids", map[string]any{"name": name})
	host := z.create("host.create", "hostids", map[string]any{"host": name, "name": "主机 " + name, "groups": []any{map[string]any{"groupid": w.group}}})
	z.create("item.create", "itemids", map[string]any{"hostid": host, "name": "v", "key_": "v", "type": 2, "value_type": 3, "delay": "0"})
	triggers := make([]map[string]any, n)
	for i := range triggers {
		triggers[i] = map[string]any{
			"description": fmt.Sprintf("%s-%03d 磁盘'将满\"", name, i), "expression": "last(/" + name + "/v)>0", "priority": severity, "manual_close": 1,
			"tags": []any{map[string]any{"tag": "service", "value": "支付"}, map[string]any{"tag": "scene", "value": name}}, "comments": "先看 /var/log",
		}
	}
	z.create("trigger.create", "triggerids", triggers)
	media := z.rows("mediatype.get", map[string]any{"filter": map[string]any{"name": mediaType}})
	require.Len(z.t, media, 1, "%s is imported", mediaType)
	user := z.user(name, w.group, media[0]["mediatypeid"], sendTo)
	z.act(name, 0, media[0]["mediatypeid"], user, []any{map[string]any{"conditiontype": 0, "operator": 0, "value": w.group}})
	return w
}

// user makes a user who reads a host group and has a media.
func (z *zabbixServer) user(name, group string, mediaType any, sendTo string) string {
	z.t.Helper()
	rights := []any{}
	if group != "" {
		rights = append(rights, map[string]any{"permission": 3, "id": group})
	}
	team := z.create("usergroup.create", "usrgrpids", map[string]any{"name": name, "rights": rights})
	role := z.rows("role.get", map[string]any{"filter": map[string]any{"name": "Super admin role"}})[0]["roleid"]
	return z.create("user.create", "userids", map[string]any{
		"username": name, "passwd": "Tr0ub4dor&3x", "roleid": role, "timezone": "Asia/Shanghai", "usrgrps": []any{map[string]any{"usrgrpid": team}},
		"medias": []any{map[string]any{"mediatypeid": mediaType, "sendto": sendTo, "active": 0, "severity": 63, "period": "1-7,00:00-24:00"}},
	})
}

// act makes an action for an event source that tells a user of everything.
func (z *zabbixServer) act(name string, source int, mediaType any, user string, conditions []any) {
	z.t.Helper()
	all := func(kind int) []any {
		return []any{map[string]any{"operationtype": kind, "opmessage": map[string]any{"default_msg": 1}}}
	}
	action := map[string]any{
		"name": name, "eventsource": source, "filter": map[string]any{"evaltype": 0, "conditions": conditions},
		"operations": []any{map[string]any{
			"operationtype": 0, "opmessage": map[string]any{"default_msg": 1, "mediatypeid": mediaType},
			"opmessage_usr": []any{map[string]any{"userid": user}},
		}},
	}
	if source == 0 || source == 3 || source == 4 {
		action["esc_period"], action["recovery_operations"] = "1h", all(11)
	}
	if source == 0 || source == 4 {
		action["update_operations"] = all(12)
	}
	z.create("action.create", "actionids", action)
}

// settled waits until the server knows what was set up: until a value is taken, and two more reads of the configuration.
func (w watched) settled() {
	w.t.Helper()
	eventually(w.t, patience, "the server knows "+w.host, func() bool { return w.send(w.host, "0") })
	time.Sleep(2500 * time.Millisecond) // Nothing tells that the server has read its configuration again.
}

// problem is the event id of the host's only problem.
func (w watched) problem() string {
	w.t.Helper()
	var id string
	eventually(w.t, patience, "there is a problem of "+w.host, func() bool {
		list := w.rows("problem.get", map[string]any{"groupids": []string{w.group}, "recent": true})
		if len(list) == 0 {
			return false
		}
		id, _ = list[0]["eventid"].(string)
		return true
	})
	return id
}

// alerts are the entries of Zabbix's action log about the host's problems, the oldest first.
func (w watched) alerts() []map[string]any {
	w.t.Helper()
	return w.rows("alert.get", map[string]any{"groupids": []string{w.group}, "sortfield": "alertid", "output": "extend"})
}
