import { t } from '@grafana/i18n';

/** A setting of Grafana's contact point that is not as it should be, as people know it from Grafana's form. */
export function differenceWord(setting: string): string {
  switch (setting) {
    case 'url':
      return t('contact-points.difference.url', 'The URL');
    case 'httpMethod':
      return t('contact-points.difference.method', 'The HTTP method');
    case 'authorization_scheme':
      return t('contact-points.difference.scheme', 'The authorization scheme');
    case 'hmacConfig.header':
      return t('contact-points.difference.header', 'The header of the HMAC signature');
    case 'hmacConfig.timestampHeader':
      return t('contact-points.difference.timestamp', 'The header of the HMAC timestamp');
    case 'secrets':
      return t('contact-points.difference.secrets', 'The token or the HMAC secret');
    case 'username':
      return t('contact-points.difference.username', 'A user name, which has no place beside the token');
    case 'payload':
      return t('contact-points.difference.payload', 'A custom payload, which would replace the alerts');
    case 'disableResolveMessage':
      return t('contact-points.difference.resolve', 'Resolved messages are switched off');
    default:
      return setting;
  }
}
