/* global $, RED, window */

/** The source nodes linky-consumption and linky-production, which differ in their direction alone. */
(function () {
  const COLOURS = { consumption: '#b5d334', production: '#f3b83f' };
  /** In the order of the outputs. */
  const METRICS = ['load-curve', 'daily', 'monthly', 'yearly', 'max-power'];

  const rows = (type) => /* HTML */ `
    <div class="form-row linky-check">
      <input type="checkbox" id="node-input-loadCurve" />
      <label for="node-input-loadCurve" data-i18n="${type}.label.load-curve"></label>
      <div class="linky-hint" data-i18n="${type}.hint.load-curve"></div>
    </div>
    <div class="form-row linky-check">
      <input type="checkbox" id="node-input-replay" />
      <label for="node-input-replay" data-i18n="${type}.label.replay"></label>
      <div class="linky-hint" data-i18n="${type}.hint.replay"></div>
    </div>
  `;

  function collectNow(node, direction) {
    const { id, type } = node;
    const failed = (reason) => RED.notify(node._(`${type}.collect.failed`, { reason }), 'error');
    if (node.changed) {
      RED.notify(node._(`${type}.collect.changed`), 'warning');
      return;
    }
    $.ajax({ url: `linky/${direction}/${id}`, type: 'POST' })
      .done(() => RED.notify(node._(`${type}.collect.started`), { type: 'success', timeout: 3000 }))
      .fail(({ status }) => {
        if (status === 404) failed(node._(`${type}.collect.not-deployed`));
        else if (status === 409) failed(node._(`${type}.collect.not-ready`));
        else if (status === 401 || status === 403) failed(node._(`${type}.collect.not-allowed`));
        else if (status === 0) failed(node._(`${type}.collect.no-answer`));
        else failed(node._(`${type}.collect.unexpected`, { status }));
      });
  }

  /** @param direction `consumption` or `production` */
  window.registerLinkySource = function (direction) {
    const type = `linky-${direction}`;
    const definition = {
      color: COLOURS[direction],
      defaults: {
        loadCurve: { value: true },
        replay: { value: true },
      },
      outputs: METRICS.length,
      outputLabels: function (index) {
        return this._(`${type}.output.${METRICS[index]}`);
      },
      button: {
        enabled: function () {
          return !this.changed;
        },
        onclick: function () {
          collectNow(this, direction);
        },
      },
    };
    window.registerLinkyNode(type, definition, rows(type));
  };
})();
