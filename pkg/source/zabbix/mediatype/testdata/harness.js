// Runs the webhook's script as Zabbix does: the body of a function of "value", with an HttpRequest. It reads
// {script, value, status, answer, unreachable} from stdin and prints {result, thrown, requests}.
'use strict';
const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const requests = [];

class HttpRequest {
    constructor() {
        this.request = { headers: [] };
    }
    addHeader(header) {
        this.request.headers.push(header);
    }
    setProxy(proxy) {
        this.request.proxy = proxy;
    }
    post(url, body) {
        requests.push(Object.assign(this.request, { url, body: JSON.parse(body) }));
        if (input.unreachable) {
            throw 'cannot get URL: Could not connect to server';
        }
        return input.answer;
    }
    getStatus() {
        return input.status;
    }
}

const out = { requests };
try {
    out.result = new Function('value', 'HttpRequest', input.script)(JSON.stringify(input.value), HttpRequest);
} catch (e) {
    out.thrown = String(e);
}
console.log(JSON.stringify(out));
