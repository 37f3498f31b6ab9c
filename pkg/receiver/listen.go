package receiver

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// CheckListen says what a Server would not start with: an address that others can reach and nobody has to prove who
// he is, unless that is allowed, and a certificate that cannot be used. It is config.Options.CheckListen.
func CheckListen(l config.Listen, closed bool) []config.ListenFault {
	var faults []config.ListenFault
	if !isLoopback(l.Address) && !closed && !l.AllowOpen {
		faults = append(faults, config.ListenFault{
			Field: "address",
			Message: lang.Text{
				ZH: l.Address + " 可以从别的机器连到，而没有任何来源有凭证",
				EN: l.Address + " can be reached by others and no source has credentials",
			},
			Hint: lang.Text{
				ZH: "请加上 sources: [{name: alertmanager, token_file: /run/secrets/yunluo-token}]，并让发送方带上这个 bearer token；" +
					"或监听 127.0.0.1；网络里谁都可以发告警时，写 listen.allow_open: true",
				EN: "add sources: [{name: alertmanager, token_file: /run/secrets/yunluo-token}] and send that token as bearer token, " +
					"or listen on 127.0.0.1, or set listen.allow_open: true if everybody in the network may send alerts",
			},
		})
	}
	if l.TLSCert == "" || l.TLSKey == "" {
		return faults
	}
	cert, fault := pemFile("tls_cert", l.TLSCert)
	if fault != nil {
		faults = append(faults, *fault)
	}
	key, keyFault := pemFile("tls_key", l.TLSKey)
	if keyFault != nil {
		faults = append(faults, *keyFault)
	}
	if fault != nil || keyFault != nil {
		return faults
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		why := strings.TrimPrefix(err.Error(), "tls: ")
		faults = append(faults, config.ListenFault{
			Field: "tls_cert",
			Message: lang.Text{
				ZH: "证书和私钥不能用：" + why,
				EN: "the certificate and its key cannot be used: " + why,
			},
			Hint: lang.Text{ZH: "两个文件都应是 PEM，并且是一对", EN: "both files have to be PEM, and a pair"},
		})
	}
	return faults
}

func pemFile(field, path string) ([]byte, *config.ListenFault) {
	data, err := os.ReadFile(path) //nolint:gosec // The operator names it.
	if err == nil {
		return data, nil
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	return nil, &config.ListenFault{
		Field:   field,
		Message: lang.Text{ZH: "无法读取 " + path + "：" + err.Error(), EN: "cannot read " + path + ": " + err.Error()},
		Hint:    lang.Text{ZH: "请写上运行云锣的用户可读的 PEM 文件", EN: "name a PEM file that the user who runs yunluo may read"},
	}
}
