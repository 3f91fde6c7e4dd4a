/* global $, RED, window */

/** What the nodes on a meter, or a tariff, have in common: a name, these config nodes, and their labels. */
(function () {
  const nameRow = (type) => /* HTML */ `
    <div class="form-row">
      <label for="node-input-name"
        ><i class="fa fa-tag"></i> <span data-i18n="${type}.label.name"></span
      ></label>
      <input type="text" id="node-input-name" data-i18n="[placeholder]${type}.label.name" />
    </div>
  `;

  const CONFIG_ICONS = { meter: 'fa-bolt', tariff: 'fa-eur' };

  const configRow = (type, property) => /* HTML */ `
    <div class="form-row">
      <label for="node-input-${property}"
        ><i class="fa ${CONFIG_ICONS[property]}"></i> <span data-i18n="${type}.label.${property}"></span
      ></label>
      <input type="text" id="node-input-${property}" style="width: calc(100% - 156px)" />
    </div>
  `;

  /** Has the palette find a node by more words than its label has room for. */
  window.linkySearchWords = function (type) {
    const words = RED._(`node-red-dashboard-2-linky/${type}:${type}.search`);
    $(`.red-ui-palette-node[data-palette-type='${type}']`).attr('data-palette-label', words);
  };

  /**
   * Registers a node on a meter, or on other config nodes of this package.
   * @param definition what `RED.nodes.registerType` takes, without what these nodes have in common
   * @param rows of the form, below name and config nodes; by default those in the node's html file
   * @param configs its config nodes, in the order of their rows, and whether each is required
   */
  window.registerLinkyNode = function (type, definition, rows, configs = { meter: true }) {
    const properties = Object.keys(configs);
    // Node-RED reads the form from this element whenever a dialog opens.
    const template = $(`script[data-template-name=${type}]`).last();
    const configRows = properties.map((property) => configRow(type, property)).join('');
    const form = nameRow(type) + configRows + (rows ?? template.text());
    template.text(`<div class="linky-form">${form}</div>`);
    const typed = (property) => ({
      type: `linky-${property}`,
      required: configs[property],
      value: '',
      label: RED._(`node-red-dashboard-2-linky/${type}:${type}.label.${property}`),
    });
    RED.nodes.registerType(type, {
      category: 'linky',
      icon: `${type}.svg`,
      inputs: 1,
      paletteLabel: function () {
        return this._(`${type}.palette`);
      },
      label: function () {
        return this.name || this._(`${type}.name`);
      },
      labelStyle: function () {
        return this.name ? 'node_label_italic' : '';
      },
      ...definition,
      defaults: {
        name: { value: '' },
        ...Object.fromEntries(properties.map((property) => [property, typed(property)])),
        ...definition.defaults,
      },
    });
    window.linkySearchWords(type);
  };
})();
