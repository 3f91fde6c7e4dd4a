/* global $, RED, window */

/** The row of a source node's form that says on which of several Node-REDs with one database it publishes. */
(function () {
  /** In the order of the choices; a flow that lacks the property has the first. */
  const CHOICES = ['once', 'everywhere'];

  /** @param type of the node; its definition needs `publish` among its defaults */
  window.linkyPublishRow = (type) => /* HTML */ `
    <div class="form-row" id="linky-publish">
      <label for="node-input-publish"
        ><i class="fa fa-clone"></i> <span data-i18n="${type}.label.publish"></span
      ></label>
      <select id="node-input-publish">
        <option value="once" data-i18n="${type}.publish.once"></option>
        <option value="everywhere" data-i18n="${type}.publish.everywhere"></option>
      </select>
      <div class="linky-hint" data-i18n="${type}.hint.publish"></div>
    </div>
  `;

  /** Shows the row where this Node-RED uses PostgreSQL; elsewhere the choice stays as it is. */
  window.linkyPreparePublish = function () {
    const isShown = RED.settings.linkyMeterWithPostgres === true;
    $('#linky-publish').toggle(isShown);
    const select = $('#node-input-publish');
    if (isShown && !CHOICES.includes(select.val())) select.val(CHOICES[0]);
  };
})();
