/* global $, RED, window, document */

/** The pictures of a tariff's days: 24 hours as a bar, a colour and a pattern for each period. */
(function () {
  const DAY = 1440;
  /** Of a tile that has room for the name of its period, minutes. */
  const ROOM_FOR_NAME = 240;
  const HOUR_MARKS = [0, 3, 6, 9, 12, 15, 18, 21, 24];
  const ALL_DAYS = 7;
  const PATTERNS = 6;
  /** The same period looks the same in every plan; those of a custom plan come in their order. */
  const PATTERN_OF = { base: 0, peak: 1, offPeak: 2 };

  /** 2024-01-01 was a Monday. */
  const weekday = (day, style = 'long') =>
    new Intl.DateTimeFormat(RED.i18n.lang(), { weekday: style, timeZone: 'UTC' }).format(
      new Date(Date.UTC(2024, 0, day)),
    );

  const listed = (texts) => new Intl.ListFormat(RED.i18n.lang(), { type: 'conjunction' }).format(texts);

  function daysText(node, days) {
    if (days.length === ALL_DAYS) return node._('linky-tariff.days.all');
    const isRun = days.length > 2 && days.at(-1) - days[0] === days.length - 1;
    return isRun
      ? node._('linky-tariff.days.run', { first: weekday(days[0]), last: weekday(days.at(-1)) })
      : listed(days.map((day) => weekday(day)));
  }

  /** Which days a picture is of. */
  function captionOf(node, { from, season, days }) {
    const parts = [daysText(node, days)];
    if (season !== 'all') parts.push(node._('linky-tariff.season.' + season));
    if (from) {
      const date = window.linkyForm.longDate(new Date(from + 'T12:00:00Z'));
      parts.push(node._('linky-tariff.picture.from', { date }));
    }
    const text = parts.join(' · ');
    return text[0].toUpperCase() + text.slice(1);
  }

  /** @param nameOf the name of a period, in the language of the editor */
  function draw(place, node, pictures, names, nameOf) {
    const { clockText } = window.linkyTariffRules;
    const patternOf = (period) =>
      period === undefined ? 'unknown' : (PATTERN_OF[period] ?? names.indexOf(period) % PATTERNS);
    const textOf = (period) =>
      period === undefined ? node._('linky-tariff.picture.unknown') : nameOf(period);

    function barOf({ tiles }) {
      const texts = tiles.map(
        ({ from, to, period }) => `${clockText(from)}–${clockText(to)} ${textOf(period)}`,
      );
      const bar = $('<div class="linky-bar" role="img"></div>').attr('aria-label', texts.join(', '));
      for (const { from, to, period } of tiles) {
        const tile = $('<div class="linky-tile"></div>').css('flex-grow', to - from);
        tile.attr('data-pattern', patternOf(period));
        if (to - from >= ROOM_FOR_NAME) $('<span></span>').text(textOf(period)).appendTo(tile);
        tile.appendTo(bar);
      }
      return bar;
    }

    const marks = () => {
      const row = $('<div class="linky-hour-marks" aria-hidden="true"></div>');
      for (const hour of HOUR_MARKS) {
        $('<span></span>')
          .text(hour)
          .css('left', `${(hour * 60 * 100) / DAY}%`)
          .appendTo(row);
      }
      return row;
    };

    place.empty();
    for (const picture of pictures) {
      const caption = $('<figcaption></figcaption>').text(captionOf(node, picture));
      $('<figure></figure>').append(caption, barOf(picture), marks()).appendTo(place);
    }
    const shown = new Set(pictures.flatMap(({ tiles }) => tiles.map(({ period }) => period)));
    if (shown.size < 2) return;
    const legend = $('<ul class="linky-legend"></ul>').appendTo(place);
    for (const period of shown) {
      const swatch = $('<span class="linky-tile" aria-hidden="true"></span>').attr(
        'data-pattern',
        patternOf(period),
      );
      $('<li></li>')
        .append(swatch, document.createTextNode(textOf(period)))
        .appendTo(legend);
    }
  }

  window.linkyTariffPicture = { draw, weekday, listed };
})();
