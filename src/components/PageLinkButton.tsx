import React, { type ReactNode } from 'react';
import { useHref, useLinkClickHandler } from 'react-router-dom';
import { LinkButton } from '@grafana/ui';

type Looks = Pick<React.ComponentProps<typeof LinkButton>, 'variant' | 'fill' | 'icon' | 'size' | 'tooltip'>;

interface Props extends Looks {
  /** A page below Grafana's sub path, such as PLUGIN_BASE. */
  to: string;
  children: ReactNode;
  'aria-label'?: string;
}

/** A link to a page that looks like a button. Grafana's LinkButton knows no sub path. */
export function PageLinkButton({ to, children, 'aria-label': label, ...looks }: Props) {
  const href = useHref(to);
  const go = useLinkClickHandler<Element>(to);
  return (
    <LinkButton {...looks} {...(label ? { 'aria-label': label } : {})} href={href} onClick={go}>
      {children}
    </LinkButton>
  );
}
