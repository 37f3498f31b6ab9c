import english from './en-US/yunluo-notify-app.json';
import chinese from './zh-Hans/yunluo-notify-app.json';

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): Array<[string, string]> {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`)
  );
}

/** Chinese has one plural form, English two. */
const base = (key: string) => key.replace(/_(one|other)$/, '');
const placeholders = (text: string) => (text.match(/{{\s*\w+\s*}}|<\/?\d+>/g) ?? []).sort();

test('every text exists in Chinese, with what is put into it', () => {
  const known = new Map(leaves(chinese).map(([key, text]) => [base(key), text]));
  const faults: string[] = [];
  for (const [key, text] of leaves(english)) {
    const translated = known.get(base(key));
    if (!translated) {
      faults.push(`${key} is not translated`);
    } else if (placeholders(translated).join() !== placeholders(text).join()) {
      faults.push(`${key} has other placeholders: ${translated}`);
    }
  }
  expect(faults).toEqual([]);
});
