import type { Node, NodeAPI } from 'node-red';
import { clock } from '../../src/calendar/clock';
import { dayOf } from '../../src/calendar/paris';
import { given, variableOf } from '../../src/providers/variables';
import { tariffOf, type TariffConfig } from '../../src/tariff/config';
import type { PricesOf } from '../../src/tariff/prices';
import { isNodeId, serveForm } from './form-requests';
import type { MeterNode } from './meter';

const PERMISSION = 'linky-tariff.write';
const LONGEST_URL = 2000;

/** The prices of a tariff, and whether a change of them is known that they do not have. */
export type PricesFor = (
  config: TariffConfig,
  pricesUrl: string,
) => Promise<{ pricesOf: PricesOf; arePricesOutdated: boolean }>;

/** What the tariff's form asks the runtime for: what a meter's provider tells of the contract, and today's price. */
export function serveTariffForm(RED: NodeAPI, pricesFor: PricesFor): void {
  /** As Node-RED will hand it to the node: a variable replaced. */
  const filledIn = (value: string): unknown => {
    const variable = variableOf(value.trim());
    if (variable === undefined) return value;
    return RED.util.evaluateNodeProperty(variable, 'env', undefined as unknown as Node, {}) || value;
  };

  serveForm(RED, '/linky/tariff/contract', PERMISSION, meterIn, async (id, signal) => {
    const meter = RED.nodes.getNode(id) as MeterNode | null;
    if (meter?.type !== 'linky-meter') return { error: { key: 'not-deployed' } };
    if (meter.problem) throw meter.problem;
    const { subscribedPower, offPeakHours } = (await meter.contract?.(signal)) ?? {};
    if (subscribedPower === undefined && !offPeakHours) return { error: { key: 'not-told' } };
    return { subscribedPower, offPeakHours };
  });

  serveForm(RED, '/linky/tariff/price', PERMISSION, tariffIn, async ({ config, pricesUrl }) => {
    const { pricesOf, arePricesOutdated } = await pricesFor(config, given(filledIn(pricesUrl)));
    const row = pricesOf(dayOf(clock.now()));
    if (!row) return { missing: true };
    const { from, subscription, prices } = row;
    return { from, subscription, prices, ...(arePricesOutdated && { outdated: true }) };
  });
}

/** @returns undefined for what the form cannot have sent */
function meterIn({ meter }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof meter === 'string' && isNodeId(meter) ? meter : undefined;
}

/** @returns undefined for what the form cannot have sent: it asks of valid tariffs alone */
function tariffIn(
  body: Readonly<Record<string, unknown>>,
): { config: TariffConfig; pricesUrl: string } | undefined {
  const tariff = tariffOf(body);
  const pricesUrl = body['pricesUrl'] ?? '';
  const isText = typeof pricesUrl === 'string' && pricesUrl.length <= LONGEST_URL;
  return 'config' in tariff && isText ? { config: tariff.config, pricesUrl } : undefined;
}
