import { clock } from '../calendar/clock';
import { dayOf, type Day } from '../calendar/paris';
import type { Direction } from '../metering/metrics';
import type { LinkyError } from '../providers/errors';
import type { Store } from '../store/store';
import { colourBookOf, type ColourBook } from './colour-book';
import { colourSourceFor, type ColourSourceConfig } from './colour-sources';
import type { TariffConfig } from './config';
import type { Tariff } from './cost';
import { priceBookOf, type PriceBook } from './price-book';
import type { RegulatedPlan } from './price-snapshot';
import { priceSourceFor } from './price-source';
import { pricesIn } from './prices';
import { areOutdated, regulatedRows, type RegulatedRow } from './regulated-prices';

/** What a tariff is called. */
export interface TariffName {
  /** As people see it; without a name of its own it is that of the plan, in their language. */
  name: string;
  /** The same in every language, for other programs: the name it was given, or the plan's, such as `hphc`. */
  key: string;
}

/** A tariff by its name, as it is known now. */
export interface NamedTariff extends Tariff, TariffName {
  /** Regulated prices have probably changed since the newest ones that are known. */
  arePricesOutdated: boolean;
}

/** Who wants to know the prices and colours of a tariff. */
export interface TariffUser {
  /** The oldest day that a colour is wanted of. */
  since: Day;
  /** A price or a colour has become known, or is another one. */
  onNews: () => void;
  /** A source of prices or colours fails. */
  onError: (error: LinkyError) => void;
}

/** Use of a tariff. */
export interface TariffUse {
  /** Resolves when what is kept of its prices and colours is loaded: before, they only seem to be unknown. */
  ready: Promise<unknown>;
  /** Resolves when what is due of them has been requested, well or not. */
  settled: () => Promise<unknown>;
  release: () => void;
}

/** Where a tariff's prices and colours come from. */
export interface TariffSources extends ColourSourceConfig {
  /** Empty for the official ones. */
  pricesUrl: unknown;
}

type Prices = Pick<NamedTariff, 'pricesOf' | 'arePricesOutdated'>;

/** Undefined where the prices are the user's own. */
function regulatedPlanOf({ plan, prices }: TariffConfig): RegulatedPlan | undefined {
  const isRegulated = plan.kind === 'base' || plan.kind === 'hphc' || plan.kind === 'tempo';
  return prices === 'regulated' && isRegulated ? plan.kind : undefined;
}

/**
 * A tariff's prices of consumption.
 * @param rows of the official file, where the prices are regulated
 * @param checkedAt when that was read last, epoch ms
 */
function pricesOfTariff(
  config: TariffConfig,
  rows: readonly RegulatedRow[],
  checkedAt: number | undefined,
): Prices {
  const plan = regulatedPlanOf(config);
  const { prices, power } = config;
  if (!plan) return { pricesOf: pricesIn(prices === 'regulated' ? [] : prices), arePricesOutdated: false };
  const regulated = regulatedRows(plan, power, rows);
  return {
    pricesOf: pricesIn(regulated),
    arePricesOutdated: areOutdated(regulated, dayOf(clock.now()), checkedAt),
  };
}

/**
 * The prices of a tariff by what is kept, without a request: for the form.
 * @throws LinkyError `url-invalid`, `variable-missing`
 */
export async function keptPricesOf(config: TariffConfig, pricesUrl: unknown, store: Store): Promise<Prices> {
  const plan = regulatedPlanOf(config);
  const kept = plan && (await store.tariffs.prices(priceSourceFor(pricesUrl).origin, plan));
  return pricesOfTariff(config, (kept?.rows ?? []) as RegulatedRow[], kept?.checkedAt);
}

/** A tariff with its prices and colours, which come and change. */
export class OpenTariff {
  /** Of the Tempo source that is configured, whatever the plan is. */
  readonly colours: ColourBook;
  private readonly prices: PriceBook;

  /** @throws LinkyError where an address or a variable is invalid */
  constructor(
    private readonly called: TariffName,
    private readonly config: TariffConfig,
    sources: TariffSources,
    store: Store,
  ) {
    this.colours = colourBookOf(store, colourSourceFor(sources));
    this.prices = priceBookOf(store, priceSourceFor(sources.pricesUrl));
  }

  /** @returns undefined where it has no price for what is fed in */
  tariffFor(direction: Direction): NamedTariff | undefined {
    const { called } = this;
    const { plan, feedIn } = this.config;
    const colourOf = (day: Day) => this.colours.colourOf(day);
    if (direction === 'production') {
      const common = { plan: { kind: 'feed-in' } as const, pricesOf: pricesIn(feedIn), colourOf };
      return feedIn.length > 0 ? { ...called, ...common, arePricesOutdated: false } : undefined;
    }
    return { ...called, plan, colourOf, ...this.pricesNow() };
  }

  private pricesNow(): Prices {
    const plan = regulatedPlanOf(this.config);
    return pricesOfTariff(
      this.config,
      plan ? this.prices.rows(plan) : [],
      plan && this.prices.checkedAt(plan),
    );
  }

  /** Keeps prices and colours up to date for somebody. */
  use(direction: Direction, { since, onNews, onError }: TariffUser): TariffUse {
    const uses: TariffUse[] = [];
    const begin = (book: Settling, use: (user: BookUser) => () => void): void => {
      let release = (): void => undefined;
      const ready = new Promise<void>((resolve) => {
        const end = use({
          onNews: () => {
            resolve();
            onNews();
          },
          onError: (error) => {
            if (!error) return;
            resolve();
            onError(error);
          },
        });
        // Who ends it while it loads waits for nothing more.
        release = () => {
          end();
          resolve();
        };
      });
      uses.push({ ready, settled: () => book.settled(), release });
    };
    const plan = regulatedPlanOf(this.config);
    if (direction === 'consumption') {
      if (plan) begin(this.prices, (user) => this.prices.use({ plan, ...user }));
      if (this.config.plan.kind === 'tempo')
        begin(this.colours, (user) => this.colours.use({ since, ...user }));
    }
    return {
      ready: Promise.all(uses.map(({ ready }) => ready)),
      settled: () => Promise.all(uses.map((use) => use.settled())),
      release: () => {
        for (const { release } of uses) release();
      },
    };
  }
}

interface Settling {
  settled(): Promise<void>;
}

/** What users of prices and of colours have in common. */
interface BookUser {
  onNews: () => void;
  onError: (error: LinkyError | undefined) => void;
}
