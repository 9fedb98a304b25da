using System.Reflection;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.Extensions.Configuration;

namespace GrokForge.Architecture.Tests;

/// <summary>Every option has a TOML name and a sentence with its default, and acts.</summary>
public sealed class OptionTests
{
    private static IEnumerable<Type> OptionTypes =>
        typeof(SettingsSnapshot).GetProperties().Select(p => p.PropertyType).Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal));

    [Fact]
    public void Every_option_has_its_toml_name()
    {
        var found = from type in OptionTypes
                    from property in type.GetProperties()
                    where property.SetMethod is not null && property.GetCustomAttribute<ConfigurationKeyNameAttribute>() is null
                    select $"{type.Name}.{property.Name}";
        Assert.NotEmpty(OptionTypes);
        Assert.Empty(found);
    }

    [Fact]
    public void Every_option_is_documented_with_its_default()
    {
        var found = OptionFiles().SelectMany(UndocumentedOptions);
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("class AOptions { [ConfigurationKeyName(\"a\")] public int A { get; init; } }")]
    [InlineData("class AOptions { /// <summary>Something.</summary>\n [ConfigurationKeyName(\"a\")] public int A { get; init; } }")]
    public void An_undocumented_option_is_noticed(string text) => Assert.NotEmpty(UndocumentedOptions(new("Broken.cs", text)));

    [Fact]
    public void Every_option_is_read()
    {
        var read = SourceTree.Files.Where(f => !f.IsTest).SelectMany(NamesRead).ToHashSet(StringComparer.Ordinal);
        var found = from file in OptionFiles()
                    where file.Path.StartsWith("GrokForge.ServiceDefaults/Settings/", StringComparison.Ordinal)
                    from property in file.Tree.GetRoot().DescendantNodes().OfType<PropertyDeclarationSyntax>()
                    where !read.Contains(property.Identifier.Text)
                    select $"{file.Path}: {property.Identifier.Text}";
        Assert.Empty(found);
    }

    [Fact]
    public void An_option_that_is_only_declared_counts_as_unread() =>
        Assert.DoesNotContain("A", NamesRead(new("Broken.cs", "class AOptions { public int A { get; init; } }")));

    private static IEnumerable<string> NamesRead(SourceFile file) =>
        file.Tree.GetRoot().DescendantNodes().OfType<IdentifierNameSyntax>().Select(n => n.Identifier.Text);

    private static IEnumerable<SourceFile> OptionFiles() => SourceTree.Files.Where(f => f.Path.EndsWith("Options.cs", StringComparison.Ordinal) && !f.IsTest);

    private static IEnumerable<string> UndocumentedOptions(SourceFile file) =>
        from property in file.Tree.GetRoot().DescendantNodes().OfType<PropertyDeclarationSyntax>()
        where property.AttributeLists.ToString().Contains("ConfigurationKeyName", StringComparison.Ordinal)
        let docs = property.GetLeadingTrivia().ToFullString()
        where !docs.Contains("<summary>", StringComparison.Ordinal) || !docs.Contains("Default", StringComparison.OrdinalIgnoreCase)
        select $"{file.Path}: {property.Identifier.Text}";
}
