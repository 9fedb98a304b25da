using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class InternalTokenTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_token_names_its_service() => Assert.Equal("upstream", await Tokens("tokenpool").CallerAsync(Tokens("upstream").Own()));

    [Fact]
    public async Task A_token_is_good_for_five_minutes_and_a_minute_of_clock_difference()
    {
        var token = Tokens("upstream").Own();
        var checker = Tokens("tokenpool");

        _time.Advance(TimeSpan.FromSeconds(359));
        Assert.Equal("upstream", await checker.CallerAsync(token));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await checker.CallerAsync(token));
    }

    [Fact]
    public void A_token_is_kept_until_it_has_a_minute_left()
    {
        var tokens = Tokens("upstream");
        var first = tokens.Own();

        _time.Advance(TimeSpan.FromSeconds(239));
        Assert.Equal(first, tokens.Own());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotEqual(first, tokens.Own());
    }

    [Theory, InlineData(null), InlineData(""), InlineData("nonsense"), InlineData("a.b.c")]
    public async Task What_is_no_token_names_nobody(string? token) => Assert.Null(await Tokens("tokenpool").CallerAsync(token));

    [Fact]
    public async Task A_token_without_a_signature_names_nobody()
    {
        var parts = Tokens("upstream").Own().Split('.');
        var header = Convert.ToBase64String("""{"alg":"none","typ":"JWT"}"""u8).TrimEnd('=');

        Assert.Null(await Tokens("tokenpool").CallerAsync($"{header}.{parts[1]}."));
        Assert.Null(await Tokens("tokenpool").CallerAsync($"{parts[0]}.{parts[1]}.AAAA"));
    }

    [Theory, InlineData(null), InlineData("too short")]
    public void A_missing_or_short_key_is_refused_by_name(string? key) =>
        Assert.Contains("GROKFORGE_INTERNAL_KEY", Assert.Throws<StartRefusedException>(() => new InternalTokens(new InternalKey("upstream", key), _time)).Message, StringComparison.Ordinal);

    private InternalTokens Tokens(string service) => new(new InternalKey(service, "one-key-for-all-services"), _time);
}
