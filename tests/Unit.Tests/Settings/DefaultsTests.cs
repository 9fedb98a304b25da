using System.Reflection;
using System.Xml.Linq;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Settings.Toml;
using Microsoft.Extensions.Configuration;

namespace GrokForge.Unit.Tests.Settings;

public sealed class DefaultsTests
{
    public static TheoryData<string> Keys => [.. SettingDefinitions.All.Select(d => d.Key)];

    private static TomlTree Defaults { get; } = TomlReader.Read(EmbeddedFile.Bytes(EmbeddedFile.ConfigDefaults), EmbeddedFile.ConfigDefaults).Tree!;

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_defaults_file_gives_each_key_its_default_of_the_code(string key)
    {
        var definition = SettingDefinitions.Find(key, out _)!;
        var table = Assert.IsType<TomlTree>(Defaults.Entries[definition.Table].Value);
        var node = table.Entries[definition.Name];
        var expected = definition.Property.GetValue(SettingDefinitions.Tables[definition.Table].GetValue(new SettingsSnapshot()));
        var actual = definition.Kind == SettingKind.Table
            ? ((TomlTree)node.Value).Entries.ToDictionary(e => e.Key, e => (string)e.Value.Value)
            : SettingConversion.Convert(definition, new(key, node, ""), SettingOrigin.Default);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void The_defaults_file_holds_no_other_key()
    {
        var layer = SettingLayer.FromToml(SettingOrigin.Default, Defaults, "defaults");
        Assert.Empty(layer.Settings.Select(s => s.Key).Except(SettingDefinitions.All.Select(d => d.Key)));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_default_keeps_its_own_rule(string key)
    {
        var definition = SettingDefinitions.Find(key, out _)!;
        Assert.True(definition.Accepts(definition.Property.GetValue(SettingDefinitions.Tables[definition.Table].GetValue(new SettingsSnapshot()))!), definition.Rule);
    }

    [Fact]
    public void Every_settable_option_has_a_snake_case_name()
    {
        var options = SettingDefinitions.Tables.Values.SelectMany(t => t.PropertyType.GetProperties()).Where(p => p.CanWrite).ToList();
        Assert.NotEmpty(options);
        Assert.All(options, p => Assert.Matches("^[a-z][a-z0-9_]*$", p.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? $"{p.Name} has no name"));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_option_has_a_summary_that_the_defaults_file_repeats(string key)
    {
        var definition = SettingDefinitions.Find(key, out _)!;
        var documentation = XDocument.Load(Path.ChangeExtension(typeof(AppOptions).Assembly.Location, ".xml"));
        var member = documentation.Descendants("member").Single(m => (string?)m.Attribute("name") == $"P:{definition.Property.DeclaringType!.FullName}.{definition.Property.Name}");
        var comment = new SettingsDescription(SettingsUnderTest.Start()).Describe().Single(d => d.Key == key).Comment;
        Assert.NotEmpty(comment);
        // The file may say more.
        Assert.StartsWith(Words(member.Element("summary")!.Value), Words(comment), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_comment_of_a_key_with_a_range_names_unit_or_range_and_default(string key)
    {
        var description = new SettingsDescription(SettingsUnderTest.Start()).Describe().Single(d => d.Key == key);
        Assert.Contains("efault", description.Comment, StringComparison.Ordinal);
        Assert.Equal(description.Bootstrap, description.Comment.Contains("Bootstrap only", StringComparison.Ordinal));
        Assert.Equal(description.Secret, description.Comment.Contains("Secret", StringComparison.Ordinal));
        Assert.Equal(description.NeedsRestart && !description.Bootstrap, description.Comment.Contains("Needs a restart", StringComparison.Ordinal));
    }

    private static string Words(string text) => string.Join(" ", text.Split([" ", "\n", "\r"], StringSplitOptions.RemoveEmptyEntries));
}
