package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// maxSecret is the size that a secret's file may have, in bytes.
const maxSecret = 64 << 10

// twin reads a secret from the file that its twin names.
func (d *decoder) twin(parent, n *node, k key, path string) {
	d.check(n, &shape{kind: textShape, read: readFilled, file: true, env: true}, path)
	if parent.get(k.name) != nil {
		d.fault(n, wrong("%[1]s 和 %[2]s 只能写一个", "%[1]s and %[2]s are both there", k.name, k.name+fileSuffix).withHint(
			both("删去其中一个", "remove one of them")))
		return
	}
	if !n.ok {
		return
	}
	n.ok = false
	content, p := d.readSecret(n.value)
	if p.none() {
		n.parsed, p = k.shape.read(content)
	}
	if !p.none() {
		d.fault(n, p)
		return
	}
	n.ok = true
}

func (d *decoder) readSecret(path string) (string, problem) {
	data, err := d.opts.ReadFile(d.beside(path))
	switch {
	case err != nil && looksSecret(path):
		return "", wrong("无法读取这个文件（名字像密钥本身，所以不显示）", "the file cannot be read (its name is not shown, it may be the secret itself)").withHint(
			both("密钥本身写在不带 _file 的字段里", "the secret itself goes into the field without _file"))
	case err != nil:
		return "", d.unreadable(path, err)
	case len(data) > maxSecret:
		return "", wrong("文件超过 64 KiB，不像密钥", "the file is larger than 64 KiB, which no secret is")
	}
	// Editors of Windows put a mark before UTF-8, which is no part of what people mean.
	content := strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), "\ufeff")
	if content == "" {
		return "", wrong("文件是空的：%[1]s", "the file is empty: %[1]s", d.beside(path))
	}
	return content, problem{}
}

// looksSecret tells a token or webhook that was written where its file should be from a path.
func looksSecret(path string) bool {
	return !strings.ContainsAny(path, `/.\`) || strings.ContainsAny(path, "+=?") || strings.Contains(path, "://")
}

func (d *decoder) unreadable(path string, err error) problem {
	path = d.beside(path)
	if errors.Is(err, fs.ErrNotExist) {
		return wrong("没有这个文件：%[1]s", "no such file: %[1]s", path)
	}
	if errors.Is(err, fs.ErrPermission) {
		return wrong("没有读取权限：%[1]s", "no permission to read %[1]s", path)
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	return wrong("无法读取 %[1]s：%[2]s", "cannot read %[1]s: %[2]s", path, err.Error())
}

// beside makes a path absolute, or at least relative to the configuration's directory.
func (d *decoder) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(d.opts.Dir, path)
}

func (d *decoder) filesAllowed(n *node) bool {
	if !d.opts.AllowFiles {
		d.fault(n, wrong("这里不能引用服务器上的文件", "files of the server cannot be named here").withHint(
			both("请直接填写内容", "enter the content itself")))
	}
	return d.opts.AllowFiles
}
