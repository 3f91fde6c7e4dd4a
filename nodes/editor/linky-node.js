/* global $, RED, window */

/** What the nodes on a meter have in common: a name, a meter, and their labels. */
(function () {
  const nameAndMeter = (type) => /* HTML */ `
    <div class="form-row">
      <label for="node-input-name"
        ><i class="fa fa-tag"></i> <span data-i18n="${type}.label.name"></span
      ></label>
      <input type="text" id="node-input-name" data-i18n="[placeholder]${type}.label.name" />
    </div>
    <div class="form-row">
      <label for="node-input-meter"
        ><i class="fa fa-bolt"></i> <span data-i18n="${type}.label.meter"></span
      ></label>
      <input type="text" id="node-input-meter" style="width: calc(100% - 156px)" />
    </div>
  `;

  /** Has the palette find a node by more words than its label has room for. */
  window.linkySearchWords = function (type) {
    const words = RED._(`node-red-dashboard-2-linky/${type}:${type}.search`);
    $(`.red-ui-palette-node[data-palette-type='${type}']`).attr('data-palette-label', words);
  };

  /**
   * Registers a node on a meter.
   * @param definition what `RED.nodes.registerType` takes, without what these nodes have in common
   * @param rows of the form, below name and meter; by default those in the node's html file
   */
  window.registerLinkyNode = function (type, definition, rows) {
    // Node-RED reads the form from this element whenever a dialog opens.
    const template = $(`script[data-template-name=${type}]`).last();
    template.text(`<div class="linky-form">${nameAndMeter(type)}${rows ?? template.text()}</div>`);
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
        meter: {
          type: 'linky-meter',
          required: true,
          value: '',
          label: RED._(`node-red-dashboard-2-linky/${type}:${type}.label.meter`),
        },
        ...definition.defaults,
      },
    });
    window.linkySearchWords(type);
  };
})();
