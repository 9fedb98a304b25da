using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>What form a setting's value has.</summary>
public enum SettingKind { Text, Whole, Number, Switch, List, Wholes, Table }

/// <summary>One setting as its option property declares it: key, form, rules and marks.</summary>
internal sealed class SettingDefinition
{
    private readonly ValidationAttribute[] _rules;

    public SettingDefinition(string table, string name, PropertyInfo property)
    {
        Table = table;
        Name = name;
        Property = property;
        Kind = property.PropertyType switch
        {
            var t when t == typeof(string) => SettingKind.Text,
            var t when t == typeof(int) || t == typeof(long) => SettingKind.Whole,
            var t when t == typeof(double) => SettingKind.Number,
            var t when t == typeof(bool) => SettingKind.Switch,
            var t when t == typeof(string[]) => SettingKind.List,
            var t when t == typeof(int[]) => SettingKind.Wholes,
            var t when t == typeof(Dictionary<string, string>) => SettingKind.Table,
            var t => throw new NotSupportedException($"Setting {table}.{name} has type {t}, which no setting may have."),
        };
        _rules = [.. property.GetCustomAttributes<ValidationAttribute>()];
        Secret = property.IsDefined(typeof(SecretAttribute));
        Bootstrap = property.IsDefined(typeof(BootstrapAttribute));
        NeedsRestart = Bootstrap || property.IsDefined(typeof(NeedsRestartAttribute));
        Rule = string.Join(" from ", _rules.Select(Describe).Prepend(Form).OfType<string>());
    }

    public string Table { get; }

    public string Name { get; }

    public string Key => $"{Table}.{Name}";

    public PropertyInfo Property { get; }

    public SettingKind Kind { get; }

    public bool Secret { get; }

    public bool Bootstrap { get; }

    public bool NeedsRestart { get; }

    /// <summary>What a value must be, to be read after "must be".</summary>
    public string Rule { get; }

    public bool Accepts(object value) => _rules.All(r => r.IsValid(value));

    // Rules of texts, lists and tables name the form themselves.
    private string? Form => Kind switch
    {
        SettingKind.Whole => "a whole number",
        SettingKind.Number => "a number",
        SettingKind.Switch => "true or false",
        SettingKind.Text when _rules.Length == 0 => "a text",
        SettingKind.List when _rules.Length == 0 => "a list of texts",
        SettingKind.Wholes when _rules.Length == 0 => "a list of whole numbers",
        _ => null,
    };

    private static string Describe(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        AllowedValuesAttribute allowed => "one of " + string.Join(", ", allowed.Values),
        _ => rule.FormatErrorMessage(""),
    };
}
