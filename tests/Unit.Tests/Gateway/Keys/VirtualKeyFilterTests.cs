using System.Net;
using GrokForge.Contracts.Keys;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Limits;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Bus;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Keys;

public sealed class VirtualKeyFilterTests : IDisposable
{
    private readonly GatewayStoreInMemory _stores = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly KeyIssuer _issuer;
    private readonly VirtualKeyFilter _filter;

    public VirtualKeyFilterTests()
    {
        var directory = new KeyDirectory(_stores.Reader, new BusReach(everyone: true), _time, NullLogger<KeyDirectory>.Instance);
        _issuer = new KeyIssuer(_stores, _stores.Reader, directory, new RecordedEvents(), _time);
        var limits = new MemoryKeyLimits(new DailyUse(_stores.Reader), _time);
        _filter = new VirtualKeyFilter(directory, new UnknownKeyBudget(_time), limits, _time, NullLogger<VirtualKeyFilter>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task An_active_key_is_let_in_and_becomes_a_feature()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "ci", ModelWhitelist = { "grok-4.20" } }, Cancel);
        var http = Request(key.Key);

        Assert.Null(await _filter.AdmitAsync(http));

        var feature = http.Features.Get<RequestKey>();
        Assert.Equal((key.Id, "ci"), (feature!.Id, feature.Name));
        Assert.True(feature.Allows("grok-4.20"));
        Assert.False(feature.Allows("grok-4.20-fast"));
    }

    [Fact]
    public async Task A_request_without_a_key_is_refused()
    {
        var http = new DefaultHttpContext();
        AssertUnauthorized(await _filter.AdmitAsync(http));
        Assert.Equal("Bearer", http.Response.Headers.WWWAuthenticate);
        Assert.Null(http.Features.Get<RequestKey>());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("gf-000000000000000000000000000000000000000000000000")]
    public async Task An_unknown_key_is_refused(string key) => AssertUnauthorized(await _filter.AdmitAsync(Request(key)));

    [Fact]
    public async Task A_disabled_key_is_refused_and_an_enabled_one_works_again()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        await _issuer.UpdateAsync(new UpdateKeyRequest { Id = key.Id, Status = "inactive" }, Cancel);
        AssertUnauthorized(await _filter.AdmitAsync(Request(key.Key)));

        await _issuer.UpdateAsync(new UpdateKeyRequest { Id = key.Id, Status = "active" }, Cancel);
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));
    }

    [Fact]
    public async Task A_key_is_refused_from_the_second_it_expires_even_when_remembered()
    {
        var end = _time.GetUtcNow().AddSeconds(10);
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a", ExpiresAt = end.ToUnixTimeSeconds() }, Cancel);
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));

        _time.Advance(TimeSpan.FromSeconds(10));
        AssertUnauthorized(await _filter.AdmitAsync(Request(key.Key)));

        await _issuer.UpdateAsync(new UpdateKeyRequest { Id = key.Id, ExpiresAt = 0 }, Cancel);
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));
    }

    [Fact]
    public async Task A_regenerated_key_replaces_the_old_one_at_once()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));

        var fresh = await _issuer.RegenerateAsync(new KeyRef { Id = key.Id }, Cancel);

        AssertUnauthorized(await _filter.AdmitAsync(Request(key.Key)));
        Assert.Null(await _filter.AdmitAsync(Request(fresh.Key)));
    }

    [Fact]
    public async Task The_request_past_the_rate_limit_is_told_when_to_come_again()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a", RateLimit = 2 }, Cancel);
        var first = Request(key.Key);
        Assert.Null(await _filter.AdmitAsync(first));
        Assert.Equal("2", first.Response.Headers["x-ratelimit-limit-requests"]);
        Assert.Equal("1", first.Response.Headers["x-ratelimit-remaining-requests"]);
        Assert.Equal("60s", first.Response.Headers["x-ratelimit-reset-requests"]);
        _time.Advance(TimeSpan.FromSeconds(20));
        await _filter.AdmitAsync(Request(key.Key));

        var http = Request(key.Key);
        var refusal = await _filter.AdmitAsync(http);

        Assert.Equal((429, "rate_limit_exceeded"), (refusal!.Status, refusal.Code));
        Assert.Equal("40", http.Response.Headers.RetryAfter);
        Assert.Equal("0", http.Response.Headers["x-ratelimit-remaining-requests"]);
    }

    [Fact]
    public async Task Reading_the_models_costs_nothing_of_the_day()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a", DailyLimit = 1 }, Cancel);
        for (var i = 0; i < 3; i++)
            Assert.Null(await _filter.AdmitAsync(Request(key.Key, HttpMethods.Get)));

        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));
        var refusal = await _filter.AdmitAsync(Request(key.Key));
        Assert.Equal((429, "daily_limit_exceeded"), (refusal!.Status, refusal.Code));
        Assert.Equal(TimeSpan.FromHours(12), refusal.RetryAfter);
    }

    [Fact]
    public async Task Guessing_keys_from_one_address_is_slowed_down_but_keys_seen_before_still_work()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));
        for (var i = 0; i < 60; i++)
            AssertUnauthorized(await _filter.AdmitAsync(Request(KeyText.Create())));

        Assert.Equal(429, (await _filter.AdmitAsync(Request(KeyText.Create())))!.Status);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await _filter.AdmitAsync(Request(key.Key)));
    }

    [Fact]
    public async Task A_key_that_cannot_be_checked_is_no_wrong_key()
    {
        var key = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        _stores.IsAway = true;

        Assert.Equal(503, (await _filter.AdmitAsync(Request(key.Key)))!.Status);
    }

    [Theory]
    [InlineData(200, "completed", true)]
    [InlineData(502, "broken_off", true)]
    [InlineData(499, "client_gone", true)]
    [InlineData(502, "failed", false)]
    [InlineData(400, "refused", false)]
    public void A_request_costs_by_how_it_ended(int status, string outcome, bool costs) => Assert.Equal(costs, KeyUse.Counts(status, outcome));

    private static DefaultHttpContext Request(string key, string method = "POST")
    {
        var http = new DefaultHttpContext();
        http.Request.Method = method;
        http.Request.Headers.Authorization = $"Bearer {key}";
        http.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        return http;
    }

    private static void AssertUnauthorized(OpenAIError? refusal)
    {
        Assert.NotNull(refusal);
        Assert.Equal((401, "invalid_api_key"), (refusal.Status, refusal.Code));
    }
}
