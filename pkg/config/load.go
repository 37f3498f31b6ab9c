package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Options are what a configuration may draw on besides its own text. The zero value reads nothing else.
type Options struct {
	// AllowFiles lets the configuration name files and environment variables of this machine. It is
	// false where the author may not read them, as an administrator of a Grafana organisation, and faults offer none then.
	AllowFiles bool
	// Dir is what relative paths are relative to; Load takes the configuration's directory when it is empty.
	Dir string
	// Getenv, ReadFile and Glob are the process's own when nil.
	Getenv   func(string) (string, bool)
	ReadFile func(string) ([]byte, error)
	Glob     func(string) ([]string, error)
	// CheckTemplates finds faults in templates; nil checks none. It also gets contact points that have
	// other faults.
	CheckTemplates func([]TemplateFile, []ContactPoint) []TemplateFault
	// CheckListen finds faults in what a receiver would listen with, closed if any source has credentials; nil checks
	// none, as where nobody listens.
	CheckListen func(l Listen, closed bool) []ListenFault
}

// ListenFault is what is wrong with a field of listen.
type ListenFault struct {
	Field         string
	Message, Hint lang.Text
}

// TemplateFault is what is wrong with a template.
type TemplateFault struct {
	// Template is the TemplateFile's name; empty when the fault is in a contact point's own template.
	Template string
	// ContactPoint and Field, one of title, summary, item_title and item_text, name a contact point's own.
	ContactPoint string
	Field        string
	// Line counts from 1 within the template; 0 when it is not known.
	Line    int
	Message lang.Text
}

// Load reads and checks the file at path. Its error is a *Faults with everything that is wrong.
func Load(path string, types []sender.Manifest, opts Options) (*Config, error) {
	opts = opts.filledIn()
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(path)
	}
	data, err := opts.ReadFile(path)
	if err != nil {
		return nil, &Faults{List: []*Fault{unreadableFile(path, err)}}
	}
	return Parse(path, data, types, opts)
}

// Parse checks a document; name is what faults call it. Its error is a *Faults with everything that is wrong.
func Parse(name string, data []byte, types []sender.Manifest, opts Options) (*Config, error) {
	d := &decoder{file: name, types: types, opts: opts.filledIn()}
	if root := readDocument(name, data, &d.faults); root != nil {
		d.check(root, structure(types), "")
		c := d.config(root)
		if len(d.faults) == 0 {
			return c, nil
		}
	}
	return nil, (&Faults{List: d.faults}).inOrder(name)
}

func (o Options) filledIn() Options {
	if o.Getenv == nil {
		o.Getenv = os.LookupEnv
	}
	if o.ReadFile == nil {
		o.ReadFile = readBounded
	}
	if o.Glob == nil {
		o.Glob = filepath.Glob
	}
	return o
}

// readBounded reads at most one byte more than a configuration may have.
func readBounded(path string) (data []byte, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the files of a configuration
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func unreadableFile(path string, err error) *Fault {
	f := &Fault{File: path, err: err}
	cause, isPath := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Message = lang.Text{ZH: "没有这个文件", EN: "no such file"}
	case errors.Is(err, fs.ErrPermission):
		f.Message = lang.Text{ZH: "没有读取权限", EN: "no permission to read it"}
	case isPath:
		f.Message = both("无法读取：%[1]s", "cannot be read: %[1]s", cause.Err.Error())
	default:
		f.Message = both("无法读取：%[1]s", "cannot be read: %[1]s", err.Error())
	}
	return f
}
