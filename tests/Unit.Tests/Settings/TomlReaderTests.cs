using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.Unit.Tests.Settings;

public sealed class TomlReaderTests
{
    [Theory]
    [InlineData("a = 1\na = 2", "c.toml(2,1): The key `a` is already defined at (1,1) and cannot be given again")]
    [InlineData("[app]\nx = 1\n[app]\ny = 2", "c.toml(3,1): The key `app` is already defined at (1,1) and cannot be given again")]
    [InlineData("[app]\nport = = 3", "c.toml(2,8): Unexpected token `=` for a value")]
    public void A_fault_names_file_line_and_column(string text, string message) => Assert.Equal(message, TomlReader.Read(text, "c.toml").Fault?.ToString());

    [Theory]
    [InlineData("[app]\napp_key = hunter2\nx = ")]
    [InlineData("app_key = \"hunter2\"\napp_key = \"hunter3\"")]
    [InlineData("app_key = \"hunter2\nx = 1")]
    public void A_fault_never_quotes_a_value(string text)
    {
        var fault = TomlReader.Read(text, "c.toml").Fault;
        Assert.NotNull(fault);
        Assert.DoesNotContain("hunter", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_a_fault() => Assert.Contains("not UTF-8", TomlReader.Read([0x61, 0xFF], "c.toml").Fault?.Message, StringComparison.Ordinal);

    [Fact]
    public void A_byte_order_mark_does_not_matter() => Assert.Equal(1L, TomlReader.Read([0xEF, 0xBB, 0xBF, .. "a = 1"u8], "c.toml").Tree?.Entries["a"].Value);

    [Fact]
    public void Values_keep_their_type_and_place()
    {
        var tree = TomlReader.Read("[t]\na = 1\nb = 2.5\n  c = [\"x\"]\nd.e = { f = true }", "c.toml").Tree!;
        var table = Assert.IsType<TomlTree>(tree.Entries["t"].Value);
        Assert.Equal(1L, table.Entries["a"].Value);
        Assert.Equal(2.5, table.Entries["b"].Value);
        Assert.Equal((4, 3), (table.Entries["c"].Line, table.Entries["c"].Column));
        Assert.Equal(true, ((TomlTree)((TomlTree)table.Entries["d"].Value).Entries["e"].Value).Entries["f"].Value);
    }

    [Fact]
    public void A_table_below_an_array_belongs_to_its_newest_element()
    {
        var list = Assert.IsType<List<TomlNode>>(TomlReader.Read("[[m]]\nid = 1\n[m.q]\nx = 1\n[[m]]\nid = 2\n[m.q]\nx = 2", "c.toml").Tree!.Entries["m"].Value);
        Assert.Equal([1L, 2L], list.Select(n => ((TomlTree)((TomlTree)n.Value).Entries["q"].Value).Entries["x"].Value));
    }
}
