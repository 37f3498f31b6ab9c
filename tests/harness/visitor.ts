/** Who looks at the pages and how. Query parameters say it once; a cookie keeps it, for the play of Grafana to read too. */
export interface Visitor {
  role: string;
  org: number;
  theme: 'dark' | 'light';
  lang: string;
}

const cookie = 'visitor';
const names = ['role', 'org', 'theme', 'lang'];

export function visitor(): Visitor {
  const kept = document.cookie.split('; ').find((c) => c.startsWith(`${cookie}=`));
  const values = new URLSearchParams(decodeURIComponent(kept?.slice(cookie.length + 1) ?? ''));
  const url = new URL(window.location.href);
  for (const name of names) {
    const given = url.searchParams.get(name);
    if (given !== null) {
      values.set(name, given);
      url.searchParams.delete(name);
    }
  }
  if (url.href !== window.location.href) {
    document.cookie = `${cookie}=${encodeURIComponent(values.toString())}; path=/; SameSite=Lax`;
    window.history.replaceState(window.history.state, '', url);
  }
  return {
    role: values.get('role') ?? 'Admin',
    org: Number(values.get('org') ?? 1),
    theme: values.get('theme') === 'light' ? 'light' : 'dark',
    lang: values.get('lang') ?? 'en-US',
  };
}
