const rule = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether something may be a name in the configuration. */
export function isName(name: string): boolean {
  return rule.test(name);
}

/** A name made of a title, empty where the title has no letter or digit that a name may have. */
export function nameFrom(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}
