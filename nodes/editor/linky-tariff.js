/* global $, RED, window, setTimeout, clearTimeout */

/** The form of a tariff: what it does while it is open. What it holds is in linky-tariff.html. */
(function () {
  /** What the forms have in common; it may be loaded later. */
  const form = (window.linkyForm ??= {});
  const DEFAULTS = { plan: 'base', power: 6, prices: 'regulated' };
  const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
  const LISTS = ['offPeak', 'periods', 'ownPrices', 'feedIn'];
  /** What one source of colours was given is never shown, nor sent, to another one. */
  const PARTICULAR = ['coloursUrl', 'clientId', 'clientSecret'];
  /** Of a row of prices, beside the names of periods. */
  const OTHER_NAMES = ['from', 'subscription'];
  /** Which input of a row a problem concerns, where the problem does not name a price. */
  const INPUT_OF = {
    'from-invalid': 'from',
    'from-twice': 'from',
    'season-unknown': 'season',
    'ranges-none': 'ranges',
    'range-invalid': 'ranges',
    'ranges-overlap': 'ranges',
    'name-missing': 'name',
    'name-reserved': 'name',
  };

  const field = (name) => $('#node-config-input-' + name);
  const place = (name) => $('#linky-tariff-' + name);

  /** What a person typed, as the number that it is; any other text as it is. */
  function numberOf(typed) {
    const text = String(typed).replace(/[\s€]/g, '').replace(',', '.');
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : String(typed).trim();
  }

  /** A price with all its digits, as people write it in the editor's language. */
  const amount = (value) =>
    new Intl.NumberFormat(RED.i18n.lang(), { minimumFractionDigits: 2, maximumFractionDigits: 8 }).format(
      value,
    );

  const isCommaLanguage = () => (0.5).toLocaleString(RED.i18n.lang()).includes(',');
  /** A number as a person would type it. */
  const typedNumber = (value = '') =>
    typeof value === 'number' && isCommaLanguage() ? String(value).replace('.', ',') : String(value);

  const rangesOf = (text) =>
    text
      .split(/[;,]/)
      .map((range) => window.linkyTariffRules.tidyRange(range))
      .filter((range) => range !== '');

  const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' }).format(new Date());
  const longDay = (day) => form.longDate(new Date(day + 'T12:00:00Z'));

  /** The node's properties, as the form has them; a flow written by hand may hold anything. */
  function typedOf(node) {
    const rowsOf = (list, read) => (Array.isArray(list) ? list : []).map((row) => read(Object(row)));
    const hours = ({ from = '', season = 'all', days = EVERY_DAY, ranges = [] }) => ({
      from,
      season,
      days: [days].flat().map(Number),
      ranges: [ranges].flat().join('; '),
    });
    const typedPrices = (row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typedNumber(value)]));
    return {
      plan: node.plan ?? DEFAULTS.plan,
      power: node.power ?? DEFAULTS.power,
      prices: node.prices ?? DEFAULTS.prices,
      defaultPeriod: node.defaultPeriod ?? '',
      offPeak: rowsOf(node.offPeak, hours),
      periods: rowsOf(node.periods, (row) => ({ name: row.name ?? '', ...hours(row) })),
      ownPrices: rowsOf(node.ownPrices, (row) => ({ from: '', ...typedPrices(row) })),
      feedIn: rowsOf(node.feedIn, (row) => ({ from: '', ...typedPrices(row) })),
    };
  }

  /** What is typed, as the node's properties. What its plan does not need is left out. */
  function propertiesOf(typed) {
    const { plan } = typed;
    const isCustom = plan === 'custom';
    const prices = isCustom ? 'own' : typed.prices;
    const hours = ({ from, season, days, ranges }) => ({ from, season, days, ranges: rangesOf(ranges) });
    const priced = (names) => (row) => ({
      from: row.from,
      ...Object.fromEntries(names.map((name) => [name, numberOf(row[name] ?? '')])),
    });
    const cut = {
      plan,
      periods: isCustom ? typed.periods.map((row) => ({ name: row.name.trim(), ...hours(row) })) : [],
      defaultPeriod: isCustom ? typed.defaultPeriod.trim() : '',
    };
    const names = ['subscription', ...window.linkyTariffRules.periodNamesOf(cut)];
    return {
      ...cut,
      power: numberOf(typed.power),
      prices,
      offPeak: plan === 'hphc' ? typed.offPeak.map(hours) : [],
      ownPrices: prices === 'own' ? typed.ownPrices.map(priced(names)) : [],
      feedIn: typed.feedIn.map(priced(['price'])),
    };
  }

  /** The node whose form is open, with what is typed there: that is newer than its properties. */
  let edited = null;

  const currentOf = (node) => (node === edited?.node ? propertiesOf(edited.typed) : node);
  const problemsIn = (properties) => window.linkyTariffRules.tariffOf(properties).problems ?? [];

  /** The names of the usual periods are translated; those of a custom plan are the user's own. */
  function periodName(node, plan, name) {
    if (name === 'subscription' || name === 'price') return node._('linky-tariff.column.' + name);
    return plan === 'custom' ? name : node._('linky-tariff.period.' + name);
  }

  /** Prices that a row lacks are one problem to a person, not six. `names`: the prices that a problem concerns. */
  function grouped(problems) {
    const found = [];
    for (const problem of problems) {
      const { key, field, row, params = {} } = problem;
      const isSame = (other) => other.key === key && other.field === field && other.row === row;
      const same = key === 'price-missing' ? found.find(isSame) : undefined;
      if (same) same.names.push(params.period);
      else found.push({ ...problem, names: [params.period ?? []].flat() });
    }
    return found;
  }

  function sentenceOf(node, plan, { key, row, params = {}, names }) {
    const { weekday, listed } = window.linkyTariffPicture;
    return node._('linky-tariff.problem.' + key, {
      ...params,
      row,
      period: listed(names.map((name) => periodName(node, plan, name))),
      season: params.season && node._('linky-tariff.season.' + params.season),
      day: params.day && weekday(Number(params.day)),
    });
  }

  /** For the editor: why a property is not valid, or true. */
  function validate(node, property) {
    const properties = currentOf(node);
    const [problem] = grouped(problemsIn(properties)).filter(({ field }) => field === property);
    if (!problem) return true;
    const sentence = sentenceOf(node, properties.plan, problem);
    const field = node._('linky-tariff.field.' + property);
    return node._('linky-tariff.validation.problem', { field, sentence });
  }

  /** From the opening of a form to its end. */
  function open(node) {
    const typed = typedOf(node);
    edited = { node, typed };
    const names = () => window.linkyTariffRules.periodNamesOf(propertiesOf(typed));
    let shownNames = '';
    let inputs = 0;

    // Rows

    /** An input with its label. @param name of what it holds of the row */
    function cell(name, label, input) {
      const id = 'linky-tariff-input-' + ++inputs;
      return $('<div class="linky-cell"></div>')
        .attr('data-name', name)
        .append($('<label></label>').attr('for', id).text(label), input.attr('id', id));
    }

    /** @param changed is called when it holds something else */
    const textCell = (row, name, label, more = {}, changed = refresh) =>
      cell(
        name,
        label,
        $('<input type="text" spellcheck="false" />')
          .attr(more)
          .val(row[name])
          .on('input', function () {
            row[name] = $(this).val();
            changed();
          }),
      );

    const fromCell = (row) => textCell(row, 'from', node._('linky-tariff.column.from'), { type: 'date' });

    const priceCell = (row, name) => {
      const yearly = name === 'subscription';
      const label = node._('linky-tariff.column.' + (yearly ? 'yearly' : 'per-kwh'), {
        name: periodName(node, typed.plan, name),
      });
      return textCell(row, name, label, { inputmode: 'decimal' });
    };

    function seasonCell(row) {
      const select = $('<select></select>');
      for (const season of ['all', 'summer', 'winter']) {
        $('<option></option>')
          .val(season)
          .text(node._('linky-tariff.season.' + season))
          .appendTo(select);
      }
      select.val(row.season).on('input', () => {
        row.season = select.val();
        refresh();
      });
      return cell('season', node._('linky-tariff.column.season'), select);
    }

    function daysCell(row) {
      const { weekday } = window.linkyTariffPicture;
      const label = node._('linky-tariff.column.days');
      const boxes = $('<div class="linky-days" role="group"></div>').attr('aria-label', label);
      for (const day of EVERY_DAY) {
        const box = $('<input type="checkbox" />')
          .attr('aria-label', weekday(day))
          .prop('checked', row.days.includes(day))
          .on('input', () => {
            row.days = EVERY_DAY.filter((each) =>
              each === day ? box.prop('checked') : row.days.includes(each),
            );
            refresh();
          });
        const letter = $('<span aria-hidden="true"></span>').text(weekday(day, 'narrow'));
        $('<label></label>').attr('title', weekday(day)).append(box, letter).appendTo(boxes);
      }
      return $('<div class="linky-cell" data-name="days"></div>').append(
        $('<span class="linky-cell-label" aria-hidden="true"></span>').text(label),
        boxes,
      );
    }

    function rangesCell(row) {
      const made = textCell(row, 'ranges', node._('linky-tariff.column.ranges'), {
        placeholder: '22:00-06:00; 12:30-14:30',
      });
      made.find('input').on('change', function () {
        row.ranges = rangesOf(row.ranges).join('; ');
        $(this).val(row.ranges);
      });
      return made.addClass('linky-ranges');
    }

    /** Prices go by the names of the periods: one that is renamed keeps its price. */
    function rename(before, after) {
      const isFixed = OTHER_NAMES.includes(before) || OTHER_NAMES.includes(after);
      if (before === after || isFixed || names().includes(before)) return;
      for (const row of typed.ownPrices) {
        if (before in row) row[after] ??= row[before];
        delete row[before];
      }
    }

    function nameCell(row) {
      let before = row.name.trim();
      return textCell(row, 'name', node._('linky-tariff.column.name'), {}, () => {
        rename(before, row.name.trim());
        before = row.name.trim();
        refresh();
      });
    }

    const hoursCells = (row) => [rangesCell(row), fromCell(row), seasonCell(row), daysCell(row)];
    const CELLS = {
      offPeak: hoursCells,
      periods: (row) => [nameCell(row), ...hoursCells(row)],
      ownPrices: (row) => [
        fromCell(row),
        ...['subscription', ...names()].map((name) => priceCell(row, name)),
      ],
      feedIn: (row) => [fromCell(row), priceCell(row, 'price')],
    };
    const blankHours = () => ({ from: '', season: 'all', days: EVERY_DAY, ranges: '' });
    const BLANK = {
      offPeak: blankHours,
      periods: () => ({ name: '', ...blankHours() }),
      ownPrices: () => ({ from: '' }),
      feedIn: () => ({ from: '' }),
    };

    function rowButton(icon, key, params, action) {
      const title = node._('linky-tariff.button.' + key, params);
      return $('<button type="button" class="red-ui-button red-ui-button-small"></button>')
        .attr({ title, 'aria-label': title })
        .append($('<i class="fa" aria-hidden="true"></i>').addClass(icon))
        .on('click', action);
    }

    /** @param focused the row whose first input gets the focus */
    function showList(list, focused) {
      const rows = typed[list];
      const at = place(list).empty();
      for (const [i, row] of rows.entries()) {
        const number = i + 1;
        const label = node._('linky-tariff.row', { row: number });
        const card = $('<div class="linky-row" role="group"></div>').attr('aria-label', label);
        const head = $('<span class="linky-row-number" aria-hidden="true"></span>').text(number);
        const buttons = $('<div class="linky-row-buttons"></div>');
        if (list === 'periods' && i > 0) {
          const moveUp = () => {
            rows.splice(i - 1, 2, row, rows[i - 1]);
            showList(list, i - 1);
            refresh();
          };
          rowButton('fa-arrow-up', 'up', { row: number }, moveUp).appendTo(buttons);
        }
        const remove = () => {
          rows.splice(i, 1);
          showList(list);
          place(list + '-add').trigger('focus');
          refresh();
        };
        rowButton('fa-remove', 'remove', { row: number }, remove).appendTo(buttons);
        const cells = $('<div class="linky-cells"></div>').append(CELLS[list](row));
        const said = $('<div class="linky-problems" role="status"></div>');
        said.attr('id', `linky-tariff-${list}-${number}-problems`);
        card.append(head, cells, buttons, said).appendTo(at);
      }
      if (focused !== undefined) at.children().eq(focused).find('input').first().trigger('focus');
    }

    function showNeededRow() {
      const { plan, prices } = propertiesOf(typed);
      const needed = { offPeak: plan === 'hphc', periods: plan === 'custom', ownPrices: prices === 'own' };
      for (const list of LISTS) {
        if (!needed[list] || typed[list].length > 0) continue;
        typed[list].push(BLANK[list]());
        showList(list);
      }
    }

    // What follows each keystroke

    function showProblems(properties, problems) {
      const sentences = new Map();
      $('.linky-tariff .linky-cell .input-error')
        .removeClass('input-error')
        .removeAttr('aria-invalid aria-describedby');
      for (const problem of grouped(problems)) {
        const { key, field, row, names } = problem;
        const said = place([field, row, 'problems'].filter((part) => part !== undefined).join('-'));
        const text = sentenceOf(node, properties.plan, problem);
        sentences.set(said[0], [...(sentences.get(said[0]) ?? []), text]);
        const wrong = [INPUT_OF[key], ...names];
        said
          .siblings('.linky-cells')
          .find('.linky-cell')
          .filter((_, each) => wrong.includes($(each).attr('data-name')))
          .find('input, select')
          .addClass('input-error')
          .attr({ 'aria-invalid': 'true', 'aria-describedby': said.attr('id') });
      }
      $('.linky-tariff .linky-problems').each(function () {
        const texts = sentences.get(this) ?? [];
        // What is said already is not said again at each keystroke.
        if (JSON.stringify(texts) === $(this).attr('data-said')) return;
        $(this).empty().attr('data-said', JSON.stringify(texts));
        for (const text of texts) $('<div class="linky-red"></div>').text(text).appendTo(this);
      });
    }

    function showPictures(properties) {
      const { picturesOf, periodNamesOf } = window.linkyTariffRules;
      const periods = periodNamesOf(properties);
      const named = (period) => periodName(node, properties.plan, period);
      window.linkyTariffPicture.draw(place('pictures'), node, picturesOf(properties), periods, named);
    }

    function showVisible({ plan, prices }) {
      const isTold = prices === 'regulated' || plan === 'hphc';
      const current = { plan, prices, colours: field('colours').val(), told: String(isTold && isAnyMeter) };
      $('.linky-tariff [data-if]').each(function () {
        const conditions = $(this).attr('data-if').split(' ');
        $(this).toggle(
          conditions.every((condition) => {
            const [what, values] = condition.split('=');
            return values.split('|').includes(current[what]);
          }),
        );
      });
    }

    const powerText = (power) => node._('linky-tariff.power', { power: typedNumber(power) });

    function showPowers() {
      const power = numberOf(typed.power);
      const offered = window.linkyTariffRules.POWERS[typed.plan] ?? [];
      const select = field('power').empty();
      for (const each of offered.includes(power) ? offered : [...offered, power]) {
        $('<option></option>').val(each).text(powerText(each)).appendTo(select);
      }
      select.val(String(power));
    }

    function refresh() {
      const properties = propertiesOf(typed);
      const problems = problemsIn(properties);
      const nowNames = JSON.stringify([properties.plan, names()]);
      if (nowNames !== shownNames) showList('ownPrices');
      shownNames = nowNames;
      showVisible(properties);
      showProblems(properties, problems);
      showPictures(properties);
      showPriceSoon(properties, problems);
    }

    // Today's price

    let priceTimer;
    let askedFor = '';

    function showPriceSoon(properties, problems) {
      const pricesUrl = properties.prices === 'regulated' ? field('pricesUrl').val().trim() : '';
      const asked = JSON.stringify({ ...properties, pricesUrl });
      if (asked === askedFor) return;
      askedFor = asked;
      clearTimeout(priceTimer);
      place('today').empty();
      const isReady = problems.length === 0 && !(pricesUrl && field('pricesUrl').is('.input-error'));
      if (isReady) priceTimer = setTimeout(() => askPrice(properties, pricesUrl, asked), 300);
    }

    function askPrice(properties, pricesUrl, asked) {
      const said = place('today');
      const isAwaited = () => form.isOpen(said) && askedFor === asked;
      form
        .post('linky/tariff/price', { ...properties, pricesUrl })
        .done((answer) => {
          if (!isAwaited()) return;
          if (answer.error) form.say(said, 'linky-red', form.sentenceOf({ responseJSON: answer }));
          else if (answer.missing) form.say(said, 'linky-amber', node._('linky-tariff.today.missing'));
          else sayPrice(said, properties, answer);
        })
        .fail((answer) => isAwaited() && form.say(said, 'linky-red', form.sentenceOf(answer)));
    }

    function sayPrice(said, { plan }, { from, subscription, prices, outdated }) {
      const perKwh = (value) => node._('linky-tariff.today.per-kwh', { value: amount(value) });
      const known = names().filter((name) => name in prices);
      const parts = [];
      if (subscription !== undefined)
        parts.push(node._('linky-tariff.today.yearly', { value: amount(subscription) }));
      if (known.length === 1) parts.push(perKwh(prices[known[0]]));
      const text = from
        ? node._('linky-tariff.today.since', { date: longDay(from), prices: parts.join(', ') })
        : node._('linky-tariff.today.always', { prices: parts.join(', ') });
      said.empty();
      $('<div></div>').text(text).appendTo(said);
      if (known.length > 1) {
        // Those of Tempo: a line for each colour.
        const list = $('<dl></dl>')
          .toggleClass('linky-pairs', plan === 'tempo')
          .appendTo(said);
        for (const name of known) {
          const [term, value] = [$('<dt></dt>'), $('<dd></dd>')];
          $('<div></div>')
            .append(term.text(periodName(node, plan, name)), value.text(perKwh(prices[name])))
            .appendTo(list);
        }
      }
      if (outdated)
        form.say($('<div></div>').appendTo(said), 'linky-amber', node._('linky-tariff.today.outdated'));
    }

    // The contract

    const isAnyMeter = showMeters();

    /** @returns whether there is one */
    function showMeters() {
      const select = place('meter').empty();
      RED.nodes.eachConfig((config) => {
        if (config.type !== 'linky-meter') return;
        const name = RED.utils.getNodeLabel(config, config.id);
        $('<option></option>').val(config.id).text(name).appendTo(select);
      });
      return select.children().length > 0;
    }

    function fillFromContract() {
      const said = place('contract-said');
      const button = place('fill').prop('disabled', true);
      const meter = RED.nodes.node(place('meter').val());
      const failed = (answer) => {
        if (!form.isOpen(said)) return;
        const key = answer.responseJSON?.error?.key;
        const isOwn = key === 'not-deployed' || key === 'not-told';
        const text = isOwn ? node._('linky-tariff.contract.' + key) : form.sentenceOf(answer, meter);
        form.say(said, isOwn ? 'linky-amber' : 'linky-red', text);
      };
      form.say(said, 'linky-busy', node._('linky-tariff.contract.asking'));
      form
        .post('linky/tariff/contract', { meter: meter.id })
        .always(() => button.prop('disabled', false))
        .done((answer) => {
          if (answer.error) failed({ responseJSON: answer });
          else if (form.isOpen(said)) fillIn(said, answer);
        })
        .fail(failed);
    }

    function fillIn(said, { subscribedPower, offPeakHours }) {
      const { plan, prices } = propertiesOf(typed);
      const filled = [];
      const more = [];
      if (subscribedPower !== undefined && prices === 'regulated') {
        typed.power = subscribedPower;
        showPowers();
        field('power').trigger('change');
        filled.push(powerText(subscribedPower));
      }
      if (offPeakHours && plan === 'hphc') {
        const ranges = rangesOf(offPeakHours.join(';')).join('; ');
        fillHours(ranges);
        filled.push(node._('linky-tariff.contract.hours', { ranges, date: longDay(today()) }));
        more.push(node._('linky-tariff.contract.since'));
      } else if (offPeakHours && plan === 'base') more.push(node._('linky-tariff.contract.has-off-peak'));
      else if (plan === 'hphc') more.push(node._('linky-tariff.contract.no-hours'));
      const { listed } = window.linkyTariffPicture;
      const text =
        filled.length > 0
          ? node._('linky-tariff.contract.filled', { facts: listed(filled) })
          : node._('linky-tariff.contract.nothing');
      form.say(said, filled.length > 0 ? 'linky-good' : 'linky-amber', [text, ...more].join(' '));
      refresh();
    }

    /** The provider tells the hours as they are now: a row from today on, instead of one of today or an empty one. */
    function fillHours(ranges) {
      const from = today();
      typed.offPeak = typed.offPeak.filter((row) => row.from !== from && row.ranges.trim() !== '');
      typed.offPeak.push({ ...blankHours(), from, ranges });
      showList('offPeak');
    }

    // The fields

    function follow(name, then = () => undefined) {
      field(name).on('input change', () => {
        if (typed[name] === field(name).val()) return;
        typed[name] = field(name).val();
        then();
        refresh();
      });
    }

    /** What was typed for each source of colours. */
    const kept = {};
    let shownColours = field('colours').val();
    field('colours').on('input change', () => {
      const colours = field('colours').val();
      if (colours === shownColours) return;
      kept[shownColours] = PARTICULAR.map((name) => field(name).val());
      for (const [i, name] of PARTICULAR.entries()) field(name).val(kept[colours]?.[i] ?? '');
      shownColours = colours;
      refresh();
    });

    for (const [name, value] of Object.entries(DEFAULTS)) if (!field(name).val()) field(name).val(value);
    follow('plan', () => {
      showPowers();
      showNeededRow();
      form.say(place('contract-said'));
    });
    follow('prices', showNeededRow);
    follow('power');
    for (const name of ['coloursUrl', 'pricesUrl']) {
      field(name).on('change', () => {
        const address = form.fullAddress(field(name).val());
        if (address !== field(name).val()) field(name).val(address).trigger('change');
        refresh();
      });
    }
    place('defaultPeriod')
      .val(typed.defaultPeriod)
      .on('input', function () {
        const before = typed.defaultPeriod.trim();
        typed.defaultPeriod = $(this).val();
        rename(before, typed.defaultPeriod.trim());
        refresh();
      });
    for (const list of LISTS) {
      place(list + '-add').on('click', () => {
        typed[list].push(BLANK[list]());
        showList(list, typed[list].length - 1);
        refresh();
      });
      showList(list);
    }
    place('fill').on('click', fillFromContract);
    showPowers();
    showNeededRow();
    refresh();
  }

  /** Hands what is typed over to the node. */
  function save(node) {
    const properties = propertiesOf(edited.typed);
    Object.assign(node, properties);
    // The editor takes this one from its field.
    field('prices').val(properties.prices);
    edited = null;
  }

  const end = () => {
    edited = null;
  };

  /** Whether a node, or its open form, has a plan with colours, from one of some sources. */
  function asks(node, sources) {
    const colours = node === edited?.node ? field('colours').val() : node.colours;
    return currentOf(node).plan === 'tempo' && sources.includes(colours);
  }

  window.linkyTariffForm = { open, save, end, validate, asks };
})();
