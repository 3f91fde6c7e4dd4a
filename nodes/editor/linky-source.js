/* global window */

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

  /** @param direction `consumption` or `production` */
  window.registerLinkySource = function (direction) {
    const type = `linky-${direction}`;
    const definition = {
      color: COLOURS[direction],
      defaults: {
        loadCurve: { value: true },
        replay: { value: true },
        publish: { value: 'once' },
      },
      outputs: METRICS.length,
      outputLabels: function (index) {
        return this._(`${type}.output.${METRICS[index]}`);
      },
      button: window.linkyCollectButton,
      oneditprepare: window.linkyPreparePublish,
    };
    window.registerLinkyNode(type, definition, rows(type) + window.linkyPublishRow(type));
  };
})();
