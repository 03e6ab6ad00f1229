/**
 * When things last happened to an account, for a person to read. Times in
 * milliseconds since the epoch.
 */
export interface History {
  readonly lastRefreshAt: number | undefined;
  readonly lastSelectedAt: number | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastErrorAt: number | undefined;
  /** At most 512 characters, never a token. */
  readonly lastError: string | undefined;
}

export const NO_HISTORY: History = {
  lastRefreshAt: undefined,
  lastSelectedAt: undefined,
  lastSuccessAt: undefined,
  lastErrorAt: undefined,
  lastError: undefined,
};
