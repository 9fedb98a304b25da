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
        var reads = OptionReads.Of(Directory.EnumerateFiles(AppContext.BaseDirectory, "GrokForge.*.dll").Where(f => !f.EndsWith("Tests.dll", StringComparison.Ordinal)));
        var found = from type in OptionTypes
                    from property in type.GetProperties()
                    where property.SetMethod is not null && !reads.Contains((type.Name, property.Name))
                    select $"{type.Name}.{property.Name}";
        Assert.Empty(found);
    }

    [Fact]
    public void An_option_that_only_a_rule_or_another_option_looks_at_counts_as_unread()
    {
        var reads = OptionReads.Of([typeof(ReadOptions).Assembly.Location]);
        Assert.Contains((nameof(ReadOptions), nameof(ReadOptions.Read)), reads);
        Assert.Contains((nameof(ReadOptions), nameof(ReadOptions.ReadAsSeconds)), reads);
        Assert.DoesNotContain((nameof(ReadOptions), nameof(ReadOptions.OnlySet)), reads);
        Assert.DoesNotContain((nameof(ReadOptions), nameof(ReadOptions.OnlyDerived)), reads);
        Assert.Equal(3, Reader.Sum(new ReadOptions { OnlySet = 1, OnlyDerived = 5, Read = 1, ReadAsSeconds = 2 }));
    }

    /// <summary>Options of which some are read and some are not.</summary>
    private sealed class ReadOptions
    {
        public int OnlySet { get; init; }

        public int OnlyDerived { get; init; }

        public int Doubled => OnlyDerived * 2;

        public int Read { get; init; }

        public int ReadAsSeconds { get; init; }

        public TimeSpan AsTime => TimeSpan.FromSeconds(ReadAsSeconds);
    }

    /// <summary>Reads one option, and another one by what is derived from it.</summary>
    private static class Reader
    {
        public static int Sum(ReadOptions options) => options.Read + (int)options.AsTime.TotalSeconds;
    }

    private static IEnumerable<SourceFile> OptionFiles() => SourceTree.Files.Where(f => f.Path.EndsWith("Options.cs", StringComparison.Ordinal) && !f.IsTest);

    private static IEnumerable<string> UndocumentedOptions(SourceFile file) =>
        from property in file.Tree.GetRoot().DescendantNodes().OfType<PropertyDeclarationSyntax>()
        where property.AttributeLists.ToString().Contains("ConfigurationKeyName", StringComparison.Ordinal)
        let docs = property.GetLeadingTrivia().ToFullString()
        where !docs.Contains("<summary>", StringComparison.Ordinal) || !docs.Contains("Default", StringComparison.OrdinalIgnoreCase)
        select $"{file.Path}: {property.Identifier.Text}";
}
