using System.Text.Json;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Settings;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Config;

/// <summary>Reads the body of PUT /admin/config: settings by table, only those that differ from what is shown; null means back to the file or the default.</summary>
internal sealed class ConfigChange(SettingsDescription description, ConfigView view)
{
    private const long AnyVersion = -1;

    /// <param name="ifMatch">Version of the If-Match header; null: none.</param>
    public (PutSettingsRequest? Request, AdminError? Error) Read(JsonElement body, long? ifMatch)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, AdminError.Bad("invalid_json", "The body must be a JSON object of tables."));

        var known = description.Describe().ToDictionary(d => d.Key, StringComparer.Ordinal);
        var request = new PutSettingsRequest { Version = ifMatch ?? AnyVersion };
        List<FieldError> errors = [];
        foreach (var table in body.EnumerateObject())
        {
            if (table.Name == ConfigView.Version)
                ReadVersion(table.Value, request, errors);
            else if (table.Value.ValueKind != JsonValueKind.Object)
                errors.Add(new FieldError(table.Name, "must be an object of settings."));
            else
                ReadTable(table, known, request, errors);
        }

        return errors is [var first, ..]
            ? (null, new AdminError(StatusCodes.Status400BadRequest, "invalid_value", string.Join("; ", errors.Select(e => $"{e.Param}: {e.Message}")), first.Param, errors))
            : (request, null);
    }

    private static void ReadVersion(JsonElement value, PutSettingsRequest request, List<FieldError> errors)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version))
            request.Version = version;
        else
            errors.Add(new FieldError("version", "must be the whole number that GET /admin/config gave."));
    }

    private void ReadTable(JsonProperty table, Dictionary<string, SettingDescription> known, PutSettingsRequest request, List<FieldError> errors)
    {
        foreach (var field in table.Value.EnumerateObject())
        {
            var key = $"{table.Name}.{field.Name}";
            if (known.TryGetValue(key, out var setting) && IsUnchanged(setting, field.Value))
                continue;

            if (field.Value.ValueKind == JsonValueKind.Null)
                request.Removed.Add(key);
            else if (key == "app.app_key" && field.Value.ValueKind == JsonValueKind.String && field.Value.ValueEquals(""))
                errors.Add(new FieldError(key, "must not be empty; null takes a saved one away."));
            else if (TomlText.Of(field.Value) is { } text)
                request.Values[key] = text;
            else
                errors.Add(new FieldError(key, "is not a value that a setting can have."));
        }
    }

    // A page sends the whole form back: what it did not touch must not become an override that hides the file from then on.
    private bool IsUnchanged(SettingDescription setting, JsonElement value) =>
        (setting.Secret && value.ValueKind == JsonValueKind.String && value.ValueEquals(SettingsDescription.Mask))
        || JsonElement.DeepEquals(JsonSerializer.SerializeToElement(view.Shown(setting), AdminJson.Options), value);
}
