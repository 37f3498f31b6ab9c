// Posts an event to `yunluo serve` and keeps what it answers as tags of the event. Zabbix runs it with Duktape (ES5).
function set(text) {
    return typeof text === 'string' && text !== '' && text.indexOf('{$') !== 0;
}

function sentence(answer, status) {
    try {
        answer = JSON.parse(answer).error || answer;
    } catch (ignored) {
        // It is no JSON, such as the page of a proxy.
    }
    answer = String(answer || '').replace(/\s+/g, ' ').substring(0, 500);
    return answer === '' ? 'HTTP ' + status : answer + ' (HTTP ' + status + ')';
}

var params = JSON.parse(value),
    chinese = params.lang !== 'en',
    own = {},
    body = {},
    request = new HttpRequest(),
    name,
    url,
    answer,
    status;

for (name in params) {
    (name.indexOf('yunluo_') === 0 ? own : body)[name] = params[name];
}
if (!set(body.sendto) || body.sendto === '{ALERT.SENDTO}') {
    throw chinese ? '“收件人”是空的：请填云锣的联络点，或 账号/目标' : '"Send to" is empty: give a contact point of Yunluo, or account/target';
}
url = (set(own.yunluo_url) ? own.yunluo_url : 'http://127.0.0.1:9095').replace(/\/+$/, '') +
    '/api/v1/zabbix/' + encodeURIComponent(body.sendto) + '?wait=' + encodeURIComponent(own.yunluo_wait || '0s');

request.addHeader('Content-Type: application/json');
request.addHeader('Accept: application/json');
request.addHeader('Accept-Language: ' + (chinese ? 'zh' : 'en'));
if (set(own.yunluo_token)) {
    request.addHeader('Authorization: Bearer ' + own.yunluo_token);
}
if (set(own.yunluo_proxy)) {
    request.setProxy(own.yunluo_proxy);
}

try {
    answer = request.post(url, JSON.stringify(body));
    status = request.getStatus();
} catch (e) {
    throw (chinese ? '连不上云锣 ' : 'Yunluo cannot be reached at ') + url.replace(/\/api\/.*/, '') +
        (chinese ? '：请确认 yunluo serve 在运行，并在“宏”页（管理 → 一般）里设置 {$YUNLUO.URL}：' :
            ': check that yunluo serve runs, and set the global macro {$YUNLUO.URL}: ') + e;
}
if (status < 200 || status > 299) {
    throw (chinese ? '云锣没有接受：' : 'Yunluo did not accept it: ') + sentence(answer, status);
}
// Tags are for the problem alone: Zabbix would add a second set with each update.
return JSON.stringify({tags: params.update === '1' || params.value === '0' ? {} : JSON.parse(answer).tags || {}});
