using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Quotas;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class UpstreamBreakerTests
{
    private static readonly RetryOptions Options = new() { BreakerFailureRatio = 0.5, BreakerMinTries = 4, BreakerWindowSeconds = 30, BreakerPauseSeconds = 15 };

    private readonly FakeTimeProvider _time = new();
    private readonly Provider _provider = new();
    private readonly UpstreamBreaker _breaker;

    public UpstreamBreakerTests() => _breaker = new UpstreamBreaker("grok_web", Options, _time, NullLogger.Instance);

    [Fact]
    public async Task After_most_tries_failed_the_upstream_is_left_alone_for_the_pause()
    {
        await TryAsync(Refusal.Unavailable("answered 503"), 4);
        Assert.True(_breaker.IsOpen);
        Assert.Equal(TimeSpan.FromSeconds(15), _breaker.Left);

        var refused = await TryAsync(null);
        Assert.Equal((4, 503, 15.0, NextStep.NextRoute), (_provider.Asked, refused!.Told!.HttpStatus, refused.Told.RetryAfterSeconds, refused.Next));

        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.NotNull(await TryAsync(null));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, _breaker.Left);
        Assert.Null(await TryAsync(null));
        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public async Task A_probe_that_fails_begins_another_pause()
    {
        await TryAsync(Refusal.Unavailable("answered 503"), 4);
        _time.Advance(TimeSpan.FromSeconds(15));
        await TryAsync(Refusal.CutOff);
        Assert.Equal((5, TimeSpan.FromSeconds(15)), (_provider.Asked, _breaker.Left));
    }

    [Fact]
    public async Task While_a_probe_is_out_the_others_are_told_to_come_back_before_they_borrow()
    {
        await TryAsync(Refusal.Unavailable("answered 503"), 4);
        _time.Advance(TimeSpan.FromSeconds(15));
        _provider.Holds = new TaskCompletionSource();
        var probe = TryAsync(null);
        Assert.Equal((5, TimeSpan.FromSeconds(1)), (_provider.Asked, _breaker.Left));

        // A probe that hangs does not keep the upstream closed for ever.
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(TimeSpan.Zero, _breaker.Left);
        _provider.Holds.SetResult();
        Assert.Null(await probe);
        Assert.Equal((false, TimeSpan.Zero), (_breaker.IsOpen, _breaker.Left));
    }

    [Fact]
    public async Task A_client_that_leaves_as_the_probe_has_not_shown_that_the_upstream_answers()
    {
        await TryAsync(Refusal.Unavailable("answered 503"), 4);
        _time.Advance(TimeSpan.FromSeconds(15));
        _provider.Throws = true;
        await Assert.ThrowsAsync<OperationCanceledException>(() => TryAsync(null));
        Assert.True(_breaker.IsOpen);
    }

    public static TheoryData<object> NotOfTheUpstream =>
        [Refusal.TokenInvalid, Refusal.TokenBlocked, Refusal.TokenRejected, Refusal.Policy, Refusal.Challenge, Refusal.QuotaExhausted(null), Refusal.Hopeless("w", "r")];

    [Theory]
    [MemberData(nameof(NotOfTheUpstream))]
    public async Task What_concerns_a_token_or_a_request_says_nothing_of_the_upstream(object refusal)
    {
        await TryAsync((Refusal)refusal, 20);
        Assert.Equal((20, false), (_provider.Asked, _breaker.IsOpen));
    }

    [Fact]
    public async Task A_few_failures_among_many_answers_are_no_outage()
    {
        for (var i = 0; i < 40; i++)
            await TryAsync(i % 3 == 2 ? Refusal.CutOff : null);
        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public async Task Failures_of_long_ago_count_no_more()
    {
        for (var i = 0; i < 10; i++)
        {
            await TryAsync(Refusal.CutOff);
            _time.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public void Another_address_begins_anew_and_without_a_ratio_there_is_none()
    {
        var breakers = new UpstreamBreakers(_time, NullLogger<UpstreamBreakers>.Instance);
        var first = breakers.For(_provider, new SettingsSnapshot { Retry = Options });
        Assert.Same(first, breakers.For(_provider, new SettingsSnapshot { Retry = Options }));
        _provider.Address = "http://other";
        Assert.NotSame(first, breakers.For(_provider, new SettingsSnapshot { Retry = Options }));
        Assert.Null(breakers.For(_provider, new SettingsSnapshot { Retry = new() { BreakerFailureRatio = 0 } }));
    }

    [Fact]
    public async Task After_the_pause_a_question_beside_chats_may_be_asked_though_no_chat_has_probed()
    {
        var settings = new SettingsSnapshot { Retry = Options };
        var breakers = new UpstreamBreakers(_time, NullLogger<UpstreamBreakers>.Instance);
        var gate = new UpstreamGate(breakers, [_provider]);
        Assert.Null(gate.ClosedFor(settings));

        await TryAsync(Refusal.CutOff, 4, breakers.For(_provider, settings));
        Assert.Equal(TimeSpan.FromSeconds(15), gate.ClosedFor(settings));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(gate.ClosedFor(settings));
    }

    private async Task<Refusal?> TryAsync(Refusal? refusal, int times = 1, UpstreamBreaker? breaker = null)
    {
        _provider.Refusal = refusal;
        Refusal? last = null;
        for (var i = 0; i < times; i++)
        {
            using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), _time, CancellationToken.None);
            await using var answer = await (breaker ?? _breaker).OpenAsync(_provider, new ChatTry(new ChatCall { Model = "m" }, null!, new SettingsSnapshot(), limits), TestContext.Current.CancellationToken);
            last = answer.Refusal;
        }

        return last;
    }

    private sealed class Provider : IChatProvider
    {
        public string Name => "grok_web";

        public string Address { get; set; } = "http://one";

        public Refusal? Refusal { get; set; }

        public bool Throws { get; set; }

        public TaskCompletionSource? Holds { get; set; }

        public int Asked { get; private set; }

        public string AddressOf(SettingsSnapshot settings) => Address;

        public Failed? Objection(ChatCall call) => null;

        public async Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken)
        {
            Asked++;
            if (Holds is { } held)
                await held.Task;
            return Throws ? throw new OperationCanceledException() : Refusal is null ? new Answered() : new RefusedAnswer(Refusal);
        }
    }

    private sealed class Answered : ChatAnswer
    {
        public override IAsyncEnumerable<ChatEvent> ReadEventsAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<ChatEvent>();

        public override ValueTask DisposeAsync() => default;
    }
}
