/** What a person has set for an account. Kept over restarts. */

export interface Settings {
  /** It gets no new turns; those under way end as they are. */
  readonly paused: boolean;
  /** The highest serves first. */
  readonly priority: number;
  /** Percent of each window that new turns leave to its owner. */
  readonly keep: number;
  /** How much its plan allows, in plans of the kind `plus`, if known better. */
  readonly weight: number | undefined;
}

export const NO_SETTINGS: Settings = {
  paused: false,
  priority: 0,
  keep: 0,
  weight: undefined,
};

export const SETTINGS_RANGE = {
  priority: { least: -9, most: 9 },
  keep: { least: 0, most: 99 },
  weight: { least: 0.01, most: 1000 },
} as const;
