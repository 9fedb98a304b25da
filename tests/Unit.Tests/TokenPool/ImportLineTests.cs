using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Ledger;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class ImportLineTests
{
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.abcdefgh";

    [Theory]
    [InlineData(Token)]
    [InlineData("  " + Token + "\r\n")]
    [InlineData("sso=" + Token)]
    [InlineData("SSO=" + Token + ";")]
    [InlineData(" sso=" + Token + "; sso-rw=" + Token)]
    [InlineData("sso= " + Token + " ; Path=/")]
    [InlineData("sso-rw=other-value-of-twenty-characters; sso=" + Token + "; cf_clearance=abc")]
    [InlineData("{\"token\":\"sso=" + Token + "\"},")]
    [InlineData("{\"token\":\"" + Token + "\",\"priority\":null,\"pool\":null}")]
    [InlineData("eyJhbGciOiJIUzI1\nNiJ9.\0abcdefgh")]
    public void A_pasted_line_is_cut_down_to_the_token(string text) =>
        Assert.Equal(Token, ImportLine.Read(0, Line(text)).Secret);

    [Theory]
    [InlineData("normal", TokenState.Active)]
    [InlineData("cooling", TokenState.Active)]
    [InlineData("expired", TokenState.Disabled)]
    [InlineData("invalid", TokenState.Disabled)]
    public void What_another_program_calls_a_tokens_state_is_understood(string status, object state) =>
        Assert.Equal(state, ImportLine.Read(0, Line($$"""{"token":"{{Token}}","status":"{{status}}"}""")).State);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("sso=;", "empty")]
    [InlineData("short", "20 characters")]
    [InlineData("sso-rw=eyJhbGciOiJIUzI1NiJ9.abcdefgh", "named sso")]
    [InlineData("cf_clearance=abcdefghijklmnopqrstuvwxyz; i18n=en", "named sso")]
    [InlineData("cf_clearance=abcdefghijklmnopqrstuvwxyz", "named sso")]
    [InlineData("{\"token\":", "JSON")]
    [InlineData("{\"id\":7}", "token:")]
    [InlineData("{\"token\":\"eyJhbGciOiJIUzI1NiJ9.abcdefgh\",\"priority\":\"high\"}", "priority:")]
    [InlineData("{\"token\":\"eyJhbGciOiJIUzI1NiJ9.abcdefgh\",\"pool\":\"gold\"}", "pool:")]
    [InlineData("{\"token\":\"eyJhbGciOiJIUzI1NiJ9.abcdefgh\",\"status\":\"melted\"}", "status:")]
    [InlineData("eyJh****efgh", "masked")]
    [InlineData("a token that has spaces in it", "spaces")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.ümlautumlaut", "ASCII")]
    public void A_line_that_is_no_token_says_why(string text, string why) =>
        Assert.Contains(why, ImportLine.Read(0, Line(text)).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_token_of_twenty_characters_is_long_enough() =>
        Assert.Empty(ImportLine.Read(0, Line(new string('x', 20))).Problem);

    [Fact]
    public void A_token_beyond_4096_characters_is_refused() =>
        Assert.Contains("4096", ImportLine.Read(0, Line(new string('x', 4097))).Problem, StringComparison.Ordinal);

    [Fact]
    public void The_seed_s_pool_names_are_understood() =>
        Assert.Equal("super", ImportLine.Read(0, Line(Token, "ssoSuper")).Pool);

    [Theory]
    [InlineData("xai-0123456789abcdefghij", "basic", "xai")]
    [InlineData("  xai-0123456789abcdefghij\n", "", "xai")]
    [InlineData("sk-of-another-api-0123456789", "xai", "xai")]
    [InlineData(Token, "basic", "basic")]
    public void A_key_of_the_official_api_is_known_by_its_look(string text, string asked, string pool) =>
        Assert.Equal(pool, ImportLine.Read(0, Line(text, asked)).Pool);

    [Fact]
    public void An_unknown_pool_is_a_problem_of_its_line() =>
        Assert.StartsWith("pool:", ImportLine.Read(0, Line(Token, "gold")).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_line_may_arrive_disabled()
    {
        var line = Line(Token);
        line.Status = "disabled";

        Assert.Equal(TokenState.Disabled, ImportLine.Read(0, line).State);
    }

    [Fact]
    public void A_line_cannot_arrive_expired()
    {
        var line = Line(Token);
        line.Status = "expired";

        Assert.StartsWith("status:", ImportLine.Read(0, line).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remark_beyond_500_bytes_is_refused()
    {
        var line = Line(Token);
        line.Remark = new string('ü', 251);

        Assert.StartsWith("remark:", ImportLine.Read(0, line).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_line_keeps_its_own_pool_status_priority_and_remark()
    {
        var line = ImportLine.Read(0, Line($$"""{"id":7,"token":"{{Token}}","pool":"ssoHeavy","status":"disabled","priority":3,"note":"mine"}"""));

        Assert.Equal(("", Token, "heavy", TokenState.Disabled, 3, "mine"), (line.Problem, line.Secret, line.Pool, line.State, line.Priority, line.Remark));
    }

    [Theory]
    [InlineData("exhausted")]
    [InlineData("cooling")]
    public void A_derived_state_of_an_export_is_imported_as_active(string status)
    {
        var line = ImportLine.Read(0, Line($$"""{"token":"{{Token}}","status":"{{status}}"}"""));

        Assert.Equal(("", TokenState.Active), (line.Problem, line.State));
    }

    private static ImportTokenLine Line(string text, string pool = "basic") => new() { Text = text, Pool = pool };
}
