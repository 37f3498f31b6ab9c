/** Loads the whole of Grafana again, whose menu shows an app only after that. */
export function reload(): void {
  window.location.reload();
}
