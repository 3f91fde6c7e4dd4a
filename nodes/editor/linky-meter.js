/* global $, RED, window, location, setTimeout, clearTimeout, atob, TextDecoder, URL */

/** The form of a meter: what it does while it is open. What it holds is in linky-meter.html. */
(function () {
  /** What the forms have in common; it may be loaded later. */
  const form = (window.linkyForm ??= {});
  const ADDRESSES = {
    conso: 'https://conso.boris.sh',
    myelectricaldata: 'https://www.v2.myelectricaldata.fr',
    dataconnect: 'https://gw.ext.prod.api.enedis.fr',
  };
  // What one provider was given is never shown, nor sent, to another one.
  const PARTICULAR = ['url', 'token', 'clientId', 'clientSecret'];
  const TYPED = ['provider', 'usagePoint', ...PARTICULAR];
  const SCHEDULE = ['from', 'to', 'minute', 'history', 'loadCurveHistory'];
  const SIMULATED_USAGE_POINT = '12345678901234';
  /** What the editor shows in the place of a password it does not know. */
  const STORED = '__PWRD__';
  const ENDS_SOON = 30 * 86400000;
  const field = (name) => $('#node-config-input-' + name);
  const isUsagePoint = (value) => /^\d{14}$/.test(value);
  /** MyElectricalData's first server gave Base64 with padding; the second one's secrets are URL-safe. */
  const isFirstServerToken = (value) => !form.isVariable(value) && /[=+/]/.test(value);
  /** Fit to be asked for the PDLs it opens: typed, and as long as a secret. */
  const isSecret = (value) => value !== STORED && /^[\w.~-]{8,}$/.test(value);
  const drawMinute = () => Math.floor(Math.random() * 60);

  /** What a Conso API token says of itself (a JWT's payload, not verified); null where it is no such token. */
  function readToken(token) {
    try {
      const [, payload] = token.split('.');
      const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) =>
        c.charCodeAt(0),
      );
      const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes));
      const usagePoints = [...new Set([sub].flat().map(String).filter(isUsagePoint))];
      const ends = new Date(exp * 1000);
      return { usagePoints, ends: isNaN(ends) ? null : ends };
    } catch {
      return null;
    }
  }

  /** `5`, `5h` or `5:30` as a time; anything else as it is. */
  function fullTime(value) {
    const [, hours, minutes = '00'] = /^\s*(\d{1,2})(?:\s*[:hH.]\s*(\d\d)?)?\s*$/.exec(value) ?? [];
    return hours === undefined ? value : hours.padStart(2, '0') + ':' + minutes;
  }

  const withoutBearer = (value) => value.trim().replace(/^Bearer\s+/i, '');

  /** Puts right what was typed or pasted, and has it judged anew. */
  function tidy(name, right) {
    field(name).on('paste', () => setTimeout(() => field(name).trigger('change')));
    field(name).on('change', function () {
      const value = right($(this).val());
      if (value !== $(this).val()) $(this).val(value).trigger('change');
    });
  }

  /** When a consent or a token ends, in the colour that it calls for. */
  function sayEnd(place, node, ends, keys) {
    const left = ends - Date.now();
    const date = form.longDate(ends);
    const line = $('<div></div>').appendTo(place);
    if (left < 0) form.say(line, 'linky-red', node._('linky-meter.token.ended', { date }));
    else if (left < ENDS_SOON)
      form.say(line, 'linky-amber', node._('linky-meter.' + keys + '.ends-soon', { date }));
    else form.say(line, 'linky-good', node._('linky-meter.' + keys + '.ends', { date }));
  }

  const valuesOf = (names) => Object.fromEntries(names.map((name) => [name, field(name).val()]));

  /** The form's fields, typed as they are, to the runtime. */
  function post(path, node, more) {
    const typed = { id: node.id, z: node.z ?? '', ...valuesOf(TYPED), ...more };
    return form.post(path, typed);
  }

  /** Why the runtime did not do what it was asked. */
  const sentenceOf = (answer) =>
    form.sentenceOf(answer, {
      provider: field('provider').val(),
      usagePoint: field('usagePoint').val(),
      name: field('name').val(),
    });

  function sayConnection(place, node, { day, direction, energy, absent, contract, consentEnds }) {
    const value = new Intl.NumberFormat(RED.i18n.lang(), { maximumFractionDigits: 2 }).format(energy / 1000);
    const params = { value, day: form.longDate(new Date(day + 'T12:00:00Z')) };
    form.say(place, 'linky-good', node._('linky-meter.test.' + (absent ?? direction), params));
    const facts = [];
    const { subscribedPower, offPeakHours, activated } = contract;
    if (subscribedPower) facts.push(subscribedPower.toLocaleString(RED.i18n.lang()) + ' kVA');
    if (offPeakHours) facts.push(node._('linky-meter.test.off-peak', { hours: offPeakHours.join(', ') }));
    if (activated) {
      const date = form.longDate(new Date(activated + 'T12:00:00Z'));
      facts.push(node._('linky-meter.test.activated', { date }));
    }
    if (facts.length > 0) {
      const text = node._('linky-meter.test.contract', { facts: facts.join(', ') });
      form.say($('<div></div>').appendTo(place), 'linky-good', text);
    }
    // Of a Conso API token that was just typed, the form tells its end already.
    if (consentEnds && $('#linky-meter-token-said').is(':empty')) {
      sayEnd(place, node, new Date(consentEnds), 'test');
    }
  }

  /** What was tested, as one text: a result is shown while the fields still hold it. */
  const tested = () => JSON.stringify(valuesOf(TYPED));

  /** @param offer shows the PDLs to choose from, where the token or the account has several */
  function testConnection(node, offer) {
    const button = $('#linky-meter-test').prop('disabled', true);
    const said = $('#linky-meter-test-said');
    const about = tested();
    said.data('about', about);
    const isAwaited = () => form.isOpen(said) && tested() === about;
    form.say(said, 'linky-busy', node._('linky-meter.test.running'));
    post('linky/meter/test', node)
      .always(() => button.prop('disabled', false))
      .done((answer) => {
        if (!isAwaited()) return;
        const { error, usagePoint, usagePoints } = answer;
        if (error) {
          form.say(said, 'linky-red', sentenceOf({ responseJSON: answer }));
          return;
        }
        if (usagePoints) {
          form.say(said);
          offer(usagePoints);
          return;
        }
        if (usagePoint) {
          field('usagePoint').val(usagePoint).trigger('change');
          said.data('about', tested());
        }
        sayConnection(said, node, answer);
      })
      .fail((answer) => isAwaited() && form.say(said, 'linky-red', sentenceOf(answer)));
  }

  /** A result says nothing of what was typed since. */
  function forgetTest() {
    const said = $('#linky-meter-test-said');
    if (!said.is(':empty') && said.data('about') !== tested()) form.say(said);
  }

  /** The source nodes on a meter, deployed or not, as the runtime reads them. A new meter will have one. */
  function sourcesOf(node) {
    const isOn = ({ meter, d, z }) => meter === node.id && !d && !RED.nodes.workspace(z)?.disabled;
    const sources = ['consumption', 'production'].flatMap((direction) =>
      RED.nodes
        .filterNodes({ type: 'linky-' + direction })
        .filter(isOn)
        .map(({ loadCurve }) => direction + (loadCurve === false ? '/no-load-curve' : '')),
    );
    const planOf = (id) => RED.nodes.node(id)?.plan ?? '';
    const costs = RED.nodes
      .filterNodes({ type: 'linky-cost' })
      .filter(isOn)
      .map(({ direction, tariff, compareWith, loadCurve }) => {
        const plans = [tariff, compareWith ?? []].flat().map(planOf).join('+');
        return `cost/${direction}/${plans}` + (loadCurve === false ? '/no-load-curve' : '');
      });
    sources.push(...costs);
    const isNew = !node.users || node.users.length === 0;
    return sources.join(' ') || (isNew ? 'consumption' : '');
  }

  /** Whether the form's schedule is one: of any other the runtime would take its default. */
  const isScheduleValid = (node) =>
    SCHEDULE.every((name) => node._def.defaults[name].validate.call(node, field(name).val(), {}) === true);

  let costTimer;
  /** Of several changes at once, as when the form opens, the last one asks. */
  function showCostSoon(node) {
    clearTimeout(costTimer);
    costTimer = setTimeout(() => showCost(node), 100);
  }

  /** What hours and history cost in requests at the chosen provider. */
  function showCost(node) {
    const perDay = $('#linky-meter-cost-day');
    const history = $('#linky-meter-cost-history');
    const asked = JSON.stringify(valuesOf(['provider', 'url', ...SCHEDULE]));
    perDay.data('asked', asked);
    const sources = sourcesOf(node);
    if (!isScheduleValid(node) || !sources) {
      perDay.add(history).text('');
      return;
    }
    post('linky/meter/cost', node, { ...valuesOf(SCHEDULE), sources })
      .done(({ cost }) => {
        if (!form.isOpen(perDay) || perDay.data('asked') !== asked) return;
        const say = (place, key, params) => place.text(cost ? node._('linky-meter.cost.' + key, params) : '');
        say(perDay, 'day', { count: cost?.perDay });
        say(history, cost?.historyDays > 1 ? 'history-days' : 'history-today', {
          requests: cost?.history,
          days: cost?.historyDays,
        });
      })
      .fail(() => perDay.add(history).text(''));
  }

  function openConsent(node) {
    const said = $('#linky-meter-consent-said');
    // Before the runtime is asked: afterwards the browser would take it for a window that nobody wanted.
    const page = window.open('about:blank', '_blank');
    if (!page) {
      form.say(said, 'linky-red', node._('linky-meter.consent.blocked'));
      return;
    }
    page.opener = null;
    post('linky/meter/consent', node)
      .done(({ address }) => {
        page.location.replace(address);
        form.say(said, 'linky-busy', node._('linky-meter.consent.awaited'));
      })
      .fail((answer) => {
        page.close();
        form.say(said, 'linky-red', sentenceOf(answer));
      });
  }

  /** From the opening of a form to its end. @returns what is to be called then */
  function open(node) {
    if (!field('provider').val()) field('provider').val('conso');
    /** What was typed for each provider. */
    const kept = {};
    let shownProvider = field('provider').val();
    /** The PDLs of a MyElectricalData account, once asked with a secret at an address: both as one text. */
    const account = { askedWith: askedWith(), usagePoints: [], said: null };

    function askedWith() {
      return field('url').val() + ' ' + field('clientSecret').val().trim();
    }

    function showProvider() {
      const provider = field('provider').val();
      $('.linky-form [data-provider]').each(function () {
        $(this).toggle($(this).attr('data-provider').split(' ').includes(provider));
      });
      const usagePoint = field('usagePoint');
      if (shownProvider !== provider) {
        kept[shownProvider] = valuesOf(PARTICULAR);
        for (const name of PARTICULAR) field(name).val(kept[provider]?.[name] ?? '');
        if (shownProvider === 'simulated' && usagePoint.val() === SIMULATED_USAGE_POINT) usagePoint.val('');
        form.say($('#linky-meter-test-said, #linky-meter-consent-said'));
        shownProvider = provider;
        // Has the editor judge the fields anew.
        field('url').trigger('change');
      }
      if (provider === 'simulated' && !usagePoint.val()) usagePoint.val(SIMULATED_USAGE_POINT);
      $('#linky-meter-consent-page').attr('href', form.CONSENT_PAGES[provider] ?? null);
      field('url').attr('placeholder', ADDRESSES[provider] ?? '');
      showConsent();
      showCredential();
    }

    function showConsent() {
      const lacking = [
        ['client-id', field('clientId').val().trim()],
        ['client-secret', field('clientSecret').val().trim()],
      ].filter(([, value]) => !value);
      const why = lacking.length === 2 ? 'client' : lacking[0]?.[0];
      $('#linky-meter-consent').prop('disabled', why !== undefined);
      $('#linky-meter-consent-hint')
        .text(why === undefined ? '' : node._('linky-meter.hint.consent-' + why))
        .toggle(why !== undefined);
    }

    /** What the token or the secret says of itself, and the PDLs it opens. */
    function showCredential() {
      const provider = field('provider').val();
      form.say($('#linky-meter-token-said, #linky-meter-secret-said'));
      if (provider === 'conso') showToken();
      else if (provider === 'myelectricaldata') showAccount();
      else offerUsagePoints('token', []);
    }

    function showToken() {
      const said = $('#linky-meter-token-said');
      const token = field('token').val().trim();
      const known = token && token !== STORED && !form.isVariable(token);
      const read = known ? readToken(token) : null;
      if (known && (!read || (!read.ends && read.usagePoints.length === 0)))
        form.say(said, 'linky-amber', node._('linky-meter.token.unreadable'));
      else if (read?.ends) sayEnd(said, node, read.ends, 'token');
      offerUsagePoints('token', read ? read.usagePoints : []);
    }

    function showAccount() {
      const said = $('#linky-meter-secret-said');
      const secret = field('clientSecret').val().trim();
      // A flow made for the first server has its token, and no secret.
      const isFirstServer = secret ? isFirstServerToken(secret) : field('token').val() !== '';
      const isAsked = account.askedWith === askedWith();
      if (isFirstServer) form.say(said, 'linky-red', node._('linky-meter.account.first-server'));
      else if (isAsked && account.said) form.say(said, ...account.said);
      offerUsagePoints('account', isAsked ? account.usagePoints : []);
    }

    /** Asks for the PDLs of an account, once for each secret: the account has few requests a day. */
    function askAccount() {
      const asked = askedWith();
      if (field('provider').val() !== 'myelectricaldata' || account.askedWith === asked) return;
      if (!isSecret(field('clientSecret').val().trim())) return;
      const answered = (usagePoints, ...said) => {
        if (account.askedWith !== asked || !form.isOpen(field('clientSecret'))) return;
        Object.assign(account, { usagePoints, said: said.length > 0 ? said : null });
        showCredential();
      };
      const failed = (answer) => answered([], 'linky-red', sentenceOf(answer));
      Object.assign(account, { askedWith: asked, usagePoints: [], said: null });
      answered([], 'linky-busy', node._('linky-meter.account.asking'));
      post('linky/meter/usage-points', node)
        .done((answer) => {
          if (answer.error) failed({ responseJSON: answer });
          else if (answer.usagePoints.length > 0) answered(answer.usagePoints);
          else answered([], 'linky-amber', node._('linky-meter.account.empty'));
        })
        .fail(failed);
    }

    /** @param source of the PDLs, and of the keys of what is said of them: `token` or `account` */
    function offerUsagePoints(source, usagePoints) {
      const place = $('#linky-meter-usage-points');
      const usagePoint = field('usagePoint');
      if (usagePoints.length === 1 && !usagePoint.val()) {
        usagePoint.val(usagePoints[0]).trigger('change');
        return;
      }
      const now = usagePoint.val();
      const opened = usagePoints.includes(now) || form.isVariable(now);
      // A click on a button makes the field before it lose the focus: the button must not be replaced meanwhile.
      const offer = JSON.stringify([source, usagePoints, now]);
      if (place.data('offer') === offer) return;
      place.data('offer', offer);
      form.say(place);
      if (usagePoints.length === 0 || (opened && usagePoints.length === 1)) return;
      if (now && !opened)
        form.say(place, 'linky-amber', node._('linky-meter.' + source + '.other-usage-points'));
      else place.text(node._('linky-meter.' + source + '.usage-points'));
      const choices = $('<div class="linky-choices"></div>').appendTo(place);
      for (const offered of usagePoints) {
        $('<button type="button" class="red-ui-button red-ui-button-small"></button>')
          .text(offered)
          .toggleClass('selected', offered === now)
          .on('click', () => usagePoint.val(offered).trigger('change'))
          .appendTo(choices);
      }
    }

    field('provider').on('change', showProvider);
    tidy('token', withoutBearer);
    tidy('clientId', (value) => value.trim());
    tidy('clientSecret', withoutBearer);
    tidy('usagePoint', (value) => (form.isVariable(value) ? value : value.replace(/[\s.-]/g, '')));
    tidy('url', form.fullAddress);
    tidy('from', fullTime);
    tidy('to', fullTime);
    field('clientId').on('input change', showConsent);
    field('clientSecret').on('input change', showConsent);
    for (const name of ['token', 'clientSecret', 'url', 'usagePoint'])
      field(name).on('input change', showCredential);
    field('clientSecret').on('change', askAccount);
    field('url').on('change', askAccount);
    for (const name of TYPED) field(name).on('input change', forgetTest);
    $('#linky-meter-die').on('click', () => field('minute').val(drawMinute()).trigger('change'));
    $('#linky-meter-consent').on('click', () => openConsent(node));
    $('#linky-meter-test').on('click', () => {
      const source = field('provider').val() === 'myelectricaldata' ? 'account' : 'token';
      testConnection(node, (usagePoints) => offerUsagePoints(source, usagePoints));
    });
    for (const name of ['provider', 'url', ...SCHEDULE]) field(name).on('change', () => showCostSoon(node));
    $('#linky-meter-redirect').text(new URL(RED.settings.apiRootUrl + 'linky/consent', location.href).href);

    if (field('minute').val() === '') field('minute').val(drawMinute());
    if (!field('history').val()) field('history').val('3');
    showProvider();
    showCostSoon(node);

    const topic = 'linky/consent/' + node.id;
    const consented = (_topic, { usagePoint }) => {
      field('usagePoint').val(usagePoint).trigger('change');
      const text = node._('linky-meter.consent.given', { usagePoint });
      form.say($('#linky-meter-consent-said'), 'linky-good', text);
    };
    RED.comms.subscribe(topic, consented);
    const closeImport = window.linkyImport.open(node);
    return () => {
      RED.comms.unsubscribe(topic, consented);
      closeImport();
    };
  }

  window.linkyMeterForm = { open, field, isUsagePoint, isFirstServerToken };
})();
