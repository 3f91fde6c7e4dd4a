/* global $, RED, window, document, URL */

/**
 * What the forms of the config nodes have in common. The editor loads scripts in any order: others call these functions
 * through `window.linkyForm` and begin only when a form opens.
 */
(function () {
  const CONSENT_PAGES = {
    conso: 'https://conso.boris.sh',
    myelectricaldata: 'https://www.v2.myelectricaldata.fr',
    dataconnect: 'https://mon-compte-particulier.enedis.fr',
  };
  const TONES = {
    'linky-good': 'fa-check',
    'linky-amber': 'fa-exclamation-triangle',
    'linky-red': 'fa-times-circle',
    'linky-busy': 'fa-spinner fa-spin',
  };

  const isVariable = (value) => /^\$[{(].*[)}]$/.test(value);

  function isAddress(value) {
    try {
      return /^https?:$/.test(new URL(value).protocol);
    } catch {
      return false;
    }
  }

  /** With `https://` where no scheme was typed. */
  function fullAddress(value) {
    const address = value.trim();
    return !address || isVariable(address) || address.includes('://') ? address : 'https://' + address;
  }

  function longDate(date) {
    const format = new Intl.DateTimeFormat(RED.i18n.lang(), { dateStyle: 'long', timeZone: 'Europe/Paris' });
    // The French say "1er décembre", which Intl does not.
    return format.format(date).replace(/^1 (?=\p{Ll})/u, '1er ');
  }

  /** Whether the form that a place belongs to is still there. */
  const isOpen = (place) => place.closest(document.documentElement).length > 0;

  /** @param texts one, or several that belong together, each on a line of its own */
  function say(place, tone, ...texts) {
    place.empty().removeClass(Object.keys(TONES).join(' '));
    for (const text of texts) {
      const icon = $('<i class="fa" aria-hidden="true"></i>').addClass(TONES[tone]);
      $('<div></div>').addClass(tone).append(icon, ' ', document.createTextNode(text)).appendTo(place);
    }
  }

  /** @param values what is sent to the runtime, as JSON */
  const post = (path, values) =>
    $.ajax({ url: path, type: 'POST', contentType: 'application/json', data: JSON.stringify(values) });

  /**
   * Why the runtime did not do what it was asked.
   * @param meter what the sentence names: its provider, usagePoint and name
   */
  function sentenceOf({ status, responseJSON }, { provider, usagePoint, name } = {}) {
    const sentence = (key, params) =>
      RED._('node-red-dashboard-2-linky/linky-meter:linky-meter.' + key, params);
    const { key, reason } = responseJSON?.error ?? {};
    if (key && key !== 'bad-form') {
      const meter = name || sentence('palette');
      return sentence('error.' + key, { meter, usagePoint, consent: CONSENT_PAGES[provider] ?? '', reason });
    }
    if (status === 401 || status === 403) return sentence('request.not-allowed');
    if (status === 0) return sentence('request.no-answer');
    if (status === 404) return sentence('request.not-loaded');
    return sentence('request.unexpected', { status });
  }

  window.linkyForm = Object.assign(window.linkyForm ?? {}, {
    CONSENT_PAGES,
    fullAddress,
    isAddress,
    isOpen,
    isVariable,
    longDate,
    post,
    say,
    sentenceOf,
  });
})();
