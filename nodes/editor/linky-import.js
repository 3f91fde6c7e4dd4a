/* global $, RED, window, document */

/** Enedis' export files, chosen or dropped in the form of a meter: taken into its store at once, before any deploy. */
(function () {
  /** What the forms have in common; it may be loaded later. */
  const form = (window.linkyForm ??= {});
  /** The runtime refuses larger files, bytes. */
  const LARGEST = 128 * 1024 * 1024;
  /** How many of the reasons why rows were rejected are told. */
  const REASONS_TOLD = 3;
  /** What an outcome is to the editor's notifications. */
  const NOTICES = { 'linky-good': 'success', 'linky-amber': 'warning', 'linky-red': 'error' };
  const DIRECTIONS = ['consumption', 'production'];
  const field = (name) => $('#node-config-input-' + name);
  const place = (name) => $('#linky-import-' + name);

  const formatted = (number) => new Intl.NumberFormat(RED.i18n.lang()).format(number);
  const longDay = (day, daysLater = 0) =>
    form.longDate(new Date(Date.parse(day + 'T12:00:00Z') + daysLater * 86400000));
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  /** A text that has a form for one and a form for several. */
  function counted(node, key, number, params) {
    const isOne = new Intl.PluralRules(RED.i18n.lang()).select(number) === 'one';
    return node._('linky-meter.import.' + key + (isOne ? '.one' : '.several'), {
      ...params,
      number: formatted(number),
    });
  }

  const listed = (node, parts) => parts.join(node._('linky-meter.import.separator'));

  /** @returns what the runtime made of a file, as one sentence, and the colour that it calls for */
  function resultOf(node, { series, rejected, empty }) {
    const total = (name) => sum(series.map((each) => each[name]));
    const [replaced, known, contradicting] = ['replaced', 'known', 'contradicting'].map(total);
    const isNew = total('taken') + replaced > 0;
    const rows = sum(rejected.map(({ count }) => count));
    const parts = series.filter(({ taken }) => taken > 0).map((each) => takenOf(node, each));
    if (replaced > 0) parts.push(counted(node, 'replaced', replaced));
    if (known > 0) parts.push(counted(node, isNew ? 'known' : 'nothing-new', known));
    if (contradicting > 0) parts.push(counted(node, 'contradicting', contradicting));
    if (rows > 0) parts.push(counted(node, 'rejected', rows, { reasons: reasonsOf(node, rejected) }));
    if (parts.length === 0 && empty > 0) parts.push(counted(node, 'empty', empty));
    if (parts.length === 0) parts.push(node._('linky-meter.import.nothing'));
    const isGood = (isNew || known > 0) && contradicting + rows === 0;
    return { tone: isGood ? 'linky-good' : 'linky-amber', text: listed(node, parts) + '.' };
  }

  function takenOf(node, { series, start, end, taken }) {
    const days = { start: longDay(start), end: longDay(end, -1) };
    const when = node._('linky-meter.import.' + (days.start === days.end ? 'day' : 'days'), days);
    return counted(node, 'taken', taken, { when, series: node._('linky-meter.import.series.' + series) });
  }

  function reasonsOf(node, rejected) {
    const told = rejected.slice(0, REASONS_TOLD).map(({ reason, row, sheet }) => {
      const params = { row, sheet, reason: node._('linky-meter.import.reason.' + reason) };
      return node._('linky-meter.import.' + (sheet ? 'row-of-sheet' : 'row'), params);
    });
    return listed(node, rejected.length > REASONS_TOLD ? [...told, '…'] : told);
  }

  /** Begins with a capital: it may begin with any of its parts. */
  const asSentence = (text) => text[0].toUpperCase() + text.slice(1);

  /** A folder has no content to send, nor has a file that is no longer there. */
  const isReadable = (file) =>
    file
      .slice(0, 1)
      .arrayBuffer()
      .then(
        () => true,
        () => false,
      );

  /** @param onSent is told how much of the file is sent, from 0 to 1 */
  function send(file, values, onSent) {
    return $.ajax({
      url: 'linky/meter/import?' + $.param({ ...values, name: file.name }),
      type: 'POST',
      contentType: 'application/octet-stream',
      data: file,
      processData: false,
      xhr: () => {
        const xhr = $.ajaxSettings.xhr();
        xhr.upload.addEventListener('progress', ({ loaded, total }) =>
          onSent(total > 0 ? loaded / total : 1),
        );
        return xhr;
      },
    });
  }

  /** The zone of an open form. @returns what is to be called when the form closes */
  function open(node) {
    /** Ends with the last file that was handed over. */
    let queue = Promise.resolve();
    let waiting = 0;
    /** Of this form: an upload may outlast it. */
    const sent = place('sent');

    const isReady = () => {
      const usagePoint = field('usagePoint').val().trim();
      return window.linkyMeterForm.isUsagePoint(usagePoint) || form.isVariable(usagePoint);
    };

    function showReady() {
      place('choose').prop('disabled', !isReady());
      place('hint').text(node._('linky-meter.import.' + (isReady() ? 'drop' : 'no-usage-point')));
    }

    /** The meter as it is typed. */
    const meterOf = () => ({
      id: node.id,
      z: node.z ?? '',
      provider: field('provider').val(),
      usagePoint: field('usagePoint').val(),
    });

    /** What was said holds for the meter that was typed then. */
    function forget() {
      const said = place('said');
      if (said.data('about') !== JSON.stringify(meterOf())) said.empty();
      showReady();
    }

    function take(files) {
      if (!isReady() || files.length === 0) return;
      const meter = meterOf();
      const said = place('said').data('about', JSON.stringify(meter));
      const isOne = files.length === 1 && waiting === 0;
      if (waiting === 0) said.empty();
      for (const file of files) enqueue({ file, meter, isOne, line: $('<div></div>').appendTo(said) });
    }

    function enqueue(upload) {
      say(upload, 'linky-busy', node._('linky-meter.import.waiting'));
      waiting += 1;
      queue = queue
        .then(() => importOne(upload))
        .then(() => {
          waiting -= 1;
        });
    }

    async function importOne(upload) {
      const { file, meter, direction = '' } = upload;
      if (file.size > LARGEST) {
        sayFailure(upload, { responseJSON: { error: { key: 'import-too-large' } } });
        return;
      }
      if (!(await isReadable(file))) {
        say(upload, 'linky-red', node._('linky-meter.import.unreadable'));
        return;
      }
      say(upload, 'linky-busy', node._('linky-meter.import.sending'));
      try {
        const answer = await send(file, { ...meter, direction }, (part) => showSent(upload, part));
        if (answer.error) sayFailure(upload, { responseJSON: answer });
        else {
          const { tone, text } = resultOf(node, answer);
          say(upload, tone, asSentence(text));
        }
      } catch (answer) {
        sayFailure(upload, answer);
      }
      sent.prop('hidden', true);
    }

    function showSent(upload, part) {
      sent.prop('hidden', part === 1).val(part);
      if (part === 1) say(upload, 'linky-busy', node._('linky-meter.import.reading'));
    }

    function sayFailure(upload, answer) {
      const sentence = form.sentenceOf(answer, upload.meter);
      if (answer.responseJSON?.error?.key === 'import-direction') askDirection(upload, sentence);
      // A proxy before Node-RED takes no file of this size.
      else if (answer.status === 413) say(upload, 'linky-red', node._('linky-meter.import.proxy'));
      else say(upload, 'linky-red', sentence);
    }

    function askDirection(upload, sentence) {
      say(upload, 'linky-amber', sentence);
      const choices = $('<div class="linky-choices"></div>').appendTo(upload.line);
      for (const direction of DIRECTIONS) {
        $('<button type="button" class="red-ui-button red-ui-button-small"></button>')
          .text(node._('linky-meter.import.direction.' + direction))
          .on('click', () => {
            // The button goes: whoever uses the keyboard goes on from here.
            place('choose').trigger('focus');
            enqueue({ ...upload, direction });
          })
          .appendTo(choices);
      }
    }

    function say({ file, isOne, line }, tone, sentence) {
      const text = isOne
        ? sentence
        : node._('linky-meter.import.of-file', { name: file.name, text: sentence });
      if (form.isOpen(line)) form.say(line, tone, text);
      // The form was closed meanwhile, or is of another meter now.
      else if (tone in NOTICES) RED.notify($('<p></p>').text(text), NOTICES[tone]);
    }

    const zone = place('zone');
    const hasFiles = ({ originalEvent }) => originalEvent.dataTransfer?.types.includes('Files');
    const highlight = (isOver) => zone.toggleClass('linky-drop-over', isOver && isReady());
    zone
      .on('dragenter dragover', (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.originalEvent.dataTransfer.dropEffect = isReady() ? 'copy' : 'none';
        highlight(true);
      })
      .on('dragleave', ({ relatedTarget }) => {
        if (!zone[0].contains(relatedTarget)) highlight(false);
      })
      .on('drop', (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        highlight(false);
        take([...event.originalEvent.dataTransfer.files]);
      });
    // Beside the zone the browser would open the file in the place of the editor.
    $(document).on('dragover.linky-import drop.linky-import', (event) => {
      if (!hasFiles(event) || event.isDefaultPrevented()) return;
      event.preventDefault();
      event.originalEvent.dataTransfer.dropEffect = 'none';
    });
    const input = place('file').on('change', () => {
      take([...input[0].files]);
      // The same file may be chosen again.
      input.val('');
    });
    place('choose').on('click', () => input.trigger('click'));
    for (const name of ['provider', 'usagePoint']) field(name).on('input change', forget);
    showReady();

    return () => $(document).off('.linky-import');
  }

  window.linkyImport = { open };
})();
