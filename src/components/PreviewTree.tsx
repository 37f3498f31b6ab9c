import React from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { Block, PreviewTree as Tree, Span } from '../api/types';

/** Draws what a person would see, from the neutral tree that every type gives. Links are shown, not followed. */
export function PreviewTree({ tree }: { tree: Tree }) {
  const styles = useStyles2(getStyles);
  const header = useStyles2(getHeader, tree.color ?? '');
  return (
    <article className={cx(styles.surface, styles[tree.shape])} aria-label={t('preview.message', 'Message')}>
      {tree.from && <div className={styles.note}>{tree.from}</div>}
      {tree.title && <header className={tree.color ? header : styles.title}>{tree.title}</header>}
      {(tree.blocks ?? []).map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
      {tree.mentions && tree.mentions.length > 0 && (
        <div className={styles.note}>
          <Trans i18nKey="preview.mentions" values={{ who: tree.mentions.join(', ') }}>
            Notifies {'{{who}}'}
          </Trans>
        </div>
      )}
      {tree.listed && (
        <div className={styles.note}>
          <Trans i18nKey="preview.listed" values={{ text: tree.listed }}>
            In the list of chats: {'{{text}}'}
          </Trans>
        </div>
      )}
      {tree.segments ? (
        <div className={styles.note}>
          <Trans i18nKey="preview.segments" values={{ count: tree.segments }}>
            Paid as {'{{count}}'} SMS
          </Trans>
        </div>
      ) : null}
    </article>
  );
}

function BlockView({ block }: { block: Block }) {
  const styles = useStyles2(getStyles);
  const inline = <Spans block={block} />;
  switch (block.kind) {
    case 'heading':
      return <div className={styles.heading}>{inline}</div>;
    case 'quote':
      return <blockquote className={styles.quote}>{inline}</blockquote>;
    case 'list':
      return (
        <ul className={styles.list}>
          {(block.fields ?? [block]).map((item, i) => (
            <li key={i}>
              <Spans block={item} />
            </li>
          ))}
        </ul>
      );
    case 'divider':
      return <hr className={styles.divider} />;
    case 'button':
      return <Link block={block} />;
    case 'buttons':
      return (
        <div className={styles.buttons}>
          {(block.fields ?? []).map((b, i) => (
            <Link key={i} block={b} />
          ))}
        </div>
      );
    case 'note':
      return <div className={styles.note}>{inline}</div>;
    case 'fields':
      return <Pairs cells={block.fields ?? []} />;
    case 'code':
      return <pre className={styles.code}>{block.text}</pre>;
    case 'text':
      return <div className={styles.text}>{inline}</div>;
  }
}

function Pairs({ cells }: { cells: Block[] }) {
  const styles = useStyles2(getStyles);
  const rows: Array<[Block, Block | undefined]> = [];
  for (let i = 0; i < cells.length; i += 2) {
    const name = cells[i];
    if (name) {
      rows.push([name, cells[i + 1]]);
    }
  }
  return (
    <dl className={styles.pairs}>
      {rows.map(([name, value], i) => (
        <React.Fragment key={i}>
          <dt>
            <Spans block={name} />
          </dt>
          <dd>{value && <Spans block={value} />}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

/** A button, as it looks: it leads to the alert's own pages, which a sample has none of. */
function Link({ block }: { block: Block }) {
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.button} title={block.url}>
      {block.text}
    </span>
  );
}

function Spans({ block }: { block: Block }) {
  const styles = useStyles2(getStyles);
  const spans: Span[] = block.spans && block.spans.length > 0 ? block.spans : [{ text: block.text ?? '' }];
  return (
    <>
      {spans.map((s, i) => (
        <span
          key={i}
          title={s.url}
          className={cx(s.bold && styles.bold, s.url && styles.link, s.mention && styles.mention)}
        >
          {s.text}
        </span>
      ))}
    </>
  );
}

/** The colours of card headers, by the names that providers have for them, as Grafana's palette has them. */
const palette: Record<string, string> = {
  red: 'red',
  carmine: 'red',
  orange: 'orange',
  yellow: 'yellow',
  green: 'green',
  turquoise: 'green',
  wathet: 'blue',
  blue: 'blue',
  indigo: 'blue',
  purple: 'purple',
  violet: 'purple',
};

/** The least contrast of text of this size: https://www.w3.org/TR/WCAG22/#contrast-minimum. */
const readable = 4.5;

const getHeader = (theme: GrafanaTheme2, color: string) => {
  const hue = palette[color.toLowerCase()];
  const background = hue ? theme.visualization.getColorByName(hue) : theme.colors.secondary.main;
  return css({
    padding: theme.spacing(1, 1.5),
    margin: theme.spacing(-1.5, -1.5, 0),
    borderRadius: `${theme.shape.radius.default} ${theme.shape.radius.default} 0 0`,
    fontWeight: theme.typography.fontWeightMedium,
    background,
    color: theme.colors.getContrastText(background, readable),
    overflowWrap: 'anywhere',
  });
};

const getStyles = (theme: GrafanaTheme2) => ({
  surface: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1),
    padding: theme.spacing(1.5),
    maxWidth: 480,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.primary,
    overflowWrap: 'anywhere',
  }),
  card: css({}),
  bubble: css({ borderRadius: theme.spacing(1.5) }),
  sms: css({ borderRadius: theme.spacing(2), maxWidth: 320, background: theme.colors.background.secondary }),
  call: css({ borderStyle: 'dashed', maxWidth: 320 }),
  mail: css({ maxWidth: 640 }),
  data: css({ maxWidth: 640, fontFamily: theme.typography.fontFamilyMonospace }),
  title: css({ fontWeight: theme.typography.fontWeightMedium }),
  heading: css({ fontWeight: theme.typography.fontWeightMedium, whiteSpace: 'pre-wrap' }),
  text: css({ whiteSpace: 'pre-wrap' }),
  quote: css({ margin: 0, fontSize: 'inherit', whiteSpace: 'pre-wrap' }),
  list: css({ margin: 0, paddingLeft: theme.spacing(2.5) }),
  divider: css({ width: '100%', margin: 0, borderColor: theme.colors.border.weak }),
  note: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  code: css({ margin: 0, whiteSpace: 'pre-wrap' }),
  buttons: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  button: css({
    padding: theme.spacing(0.25, 1.5),
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    color: theme.colors.text.link,
  }),
  pairs: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(80px, max-content) 1fr',
    columnGap: theme.spacing(2),
    rowGap: theme.spacing(0.5),
    margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, whiteSpace: 'pre-wrap' },
  }),
  bold: css({ fontWeight: theme.typography.fontWeightBold }),
  link: css({ color: theme.colors.text.link }),
  mention: css({ color: theme.colors.primary.text }),
});
