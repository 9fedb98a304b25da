using System.Net;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Store;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.TestKit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>Who gets in at /admin: tests that need a process of their own.</summary>
public sealed class AdminDoorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-test-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Where_admin_is_not_public_only_a_verb_of_this_machine_finds_it()
    {
        await using var service = await AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = AdminHome.Password, ["app:public_admin"] = "false" });
        using (var owner = Client(service, AdminHome.Password))
        {
            await owner.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.NotFound);
            await owner.RefusedAsync("POST", "admin/login", new { key = AdminHome.Password }, HttpStatusCode.NotFound);
        }

        await Client(service, VerbSecret.Prefix + "guess").RefusedAsync("GET", "admin/verify", null, HttpStatusCode.NotFound);
        using var verb = Client(service, service.Services.GetRequiredService<VerbSecret>().Leave());
        using var answer = await verb.SendAsync("GET", "admin/verify");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Ten_wrong_passwords_lock_an_address_out_whatever_it_says_it_is()
    {
        await using var service = await StartAsync(AdminHome.Password);
        for (var i = 0; i < 10; i++)
        {
            // A new connection and another claimed address each time.
            using var guesser = Client(service, null);
            guesser.DefaultRequestHeaders.Add("X-Forwarded-For", $"198.51.100.{i}");
            if (i % 2 == 0)
                Assert.Equal("invalid_app_key", (await guesser.RefusedAsync("POST", "admin/login", new { key = $"guess {i}" }, HttpStatusCode.Unauthorized)).Text("code"));
            else
                await Client(service, $"guess {i}").RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        }

        using var owner = Client(service, AdminHome.Password);
        using var answer = await owner.SendAsync("GET", "admin/tokens");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(300));
        Assert.Equal("too_many_failures", (await owner.RefusedAsync("POST", "admin/login", new { key = AdminHome.Password }, HttpStatusCode.TooManyRequests)).Text("code"));
    }

    [Fact]
    public async Task Behind_the_gateway_each_client_has_failures_of_its_own()
    {
        await using var service = await StartAsync(AdminHome.Password);
        using var gateway = Client(service, "a wrong password");
        gateway.DefaultRequestHeaders.Add(
            "x-grokforge-forwarded-by", new InternalTokens(new InternalKey("gateway", ServiceUnderTest.InternalKey), TimeProvider.System).Own());
        gateway.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1, 198.51.100.7");
        for (var i = 0; i < 10; i++)
            await gateway.RefusedAsync("GET", "admin/tokens", null, HttpStatusCode.Unauthorized);
        await gateway.RefusedAsync("GET", "admin/tokens", null, HttpStatusCode.TooManyRequests);

        gateway.DefaultRequestHeaders.Remove("X-Forwarded-For");
        gateway.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        await gateway.RefusedAsync("GET", "admin/tokens", null, HttpStatusCode.Unauthorized);
        await Client(service, AdminHome.Password).OkAsync("GET", "admin/verify");
    }

    [Fact]
    public async Task A_lock_out_hinders_neither_sessions_nor_verbs()
    {
        await using var service = await StartAsync(AdminHome.Password);
        using var browser = WithCookie(service, await CookieAsync(service));
        using var guesser = Client(service, "a guess");
        for (var i = 0; i < 10; i++)
            await guesser.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        await guesser.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.TooManyRequests);

        await browser.OkAsync("GET", "admin/verify");
        await Client(service, new VerbSecret(new DataFolder(_folder.FullName)).Leave()).OkAsync("GET", "admin/verify");
        await Client(service, null).RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Wrong_verb_secrets_lock_nobody_out()
    {
        await using var service = await StartAsync(AdminHome.Password);
        using var late = Client(service, VerbSecret.Prefix + "used-up");
        for (var i = 0; i < 12; i++)
            await late.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        await Client(service, AdminHome.Password).OkAsync("GET", "admin/verify");
    }

    [Fact]
    public async Task Requests_that_show_no_password_lock_nobody_out()
    {
        await using var service = await StartAsync(AdminHome.Password);
        using var probe = Client(service, null);
        for (var i = 0; i < 30; i++)
            await probe.RefusedAsync("GET", "admin/tokens", null, HttpStatusCode.Unauthorized);
        await Client(service, AdminHome.Password).OkAsync("GET", "admin/verify");
    }

    [Fact]
    public async Task Sessions_and_log_outs_outlive_a_restart()
    {
        string staying, leaving;
        await using (var service = await StartAsync(AdminHome.Password))
        {
            staying = await CookieAsync(service);
            leaving = await CookieAsync(service);
            await WithCookie(service, leaving).OkAsync("POST", "admin/logout");
            await service.StopAsync(Cancel);
        }

        await using var again = await StartAsync(AdminHome.Password);
        await WithCookie(again, staying).OkAsync("GET", "admin/verify");
        await WithCookie(again, leaving).RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Another_password_ends_every_session()
    {
        await using var service = await StartAsync(AdminHome.Password);
        var browser = WithCookie(service, await CookieAsync(service));

        await browser.OkAsync("PUT", "admin/config", new { app = new { app_key = "a-new-one" } });

        await browser.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        await Client(service, "a-new-one").OkAsync("GET", "admin/verify");
        await Client(service, AdminHome.Password).RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_an_app_key_a_generated_password_opens_after_a_reset_only_the_newest()
    {
        await using var service = await StartAsync("");
        await UntilPasswordExistsAsync(service);
        var password = service.Services.GetRequiredService<AdminPassword>();

        var first = await password.ResetAsync(Cancel);
        using var browser = Client(service, null);
        await browser.OkAsync("POST", "admin/login", new { key = first });
        await browser.OkAsync("GET", "admin/verify");

        await password.ResetAsync(Cancel);
        await browser.RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
        await Client(service, first).RefusedAsync("GET", "admin/verify", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_verb_on_this_machine_gets_in_once()
    {
        await using var service = await StartAsync(AdminHome.Password);
        var secret = new VerbSecret(new DataFolder(_folder.FullName));
        var bearer = secret.Leave();

        var created = await Client(service, bearer).OkAsync("POST", "admin/apikeys", new { name = "by a verb" }, HttpStatusCode.Created);

        Assert.StartsWith("gf-", created.Text("key"));
        await Client(service, bearer).RefusedAsync("POST", "admin/apikeys", new { name = "again" }, HttpStatusCode.Unauthorized);
        using var browser = Client(service, null);
        await browser.RefusedAsync("POST", "admin/login", new { key = secret.Leave() }, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_verb_resets_the_password_of_the_server_that_runs()
    {
        await using var service = await StartAsync("");
        await UntilPasswordExistsAsync(service);
        var bearer = new VerbSecret(new DataFolder(_folder.FullName)).Leave();

        var password = (await Client(service, bearer).OkAsync("POST", "admin/reset-admin", new { })).Text("password");

        await Client(service, password).OkAsync("GET", "admin/verify");
    }

    [Fact]
    public async Task A_reset_is_refused_where_the_settings_hold_the_password()
    {
        await using var service = await StartAsync(AdminHome.Password);
        await Client(service, AdminHome.Password).RefusedAsync("POST", "admin/reset-admin", new { }, HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Admins_see_why_the_process_is_not_well()
    {
        await using var service = await StartAsync(AdminHome.Password);
        service.Services.GetRequiredService<ReadinessReasons>().Add("a part", () => Readiness.Degraded("it limps"));

        var status = await Client(service, AdminHome.Password).OkAsync("GET", "admin/system/status");

        Assert.Equal("degraded", status.Text("status"));
        Assert.Contains("a part: it limps", status.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()));
    }

    private Task<ServiceUnderTest> StartAsync(string appKey) =>
        AdminHome.StartAllInOneAsync(new() { ["app:app_key"] = appKey, ["app:data_dir"] = _folder.FullName });

    private static HttpClient Client(ServiceUnderTest service, string? bearer)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Http };
        if (bearer is not null)
            client.DefaultRequestHeaders.Add("Authorization", $"Bearer {bearer}");
        return client;
    }

    private static async Task<string> CookieAsync(ServiceUnderTest service)
    {
        using var browser = Client(service, null);
        using var answer = await browser.SendAsync("POST", "admin/login", new { key = AdminHome.Password });
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static HttpClient WithCookie(ServiceUnderTest service, string cookie)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = service.Http };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return client;
    }

    private static async Task UntilPasswordExistsAsync(ServiceUnderTest service)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            await using var store = await service.Services.GetRequiredService<IDbContextFactory<AdminStore>>().CreateDbContextAsync(limit.Token);
            if (await store.Passwords.AnyAsync(limit.Token))
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, limit.Token);
        }
    }
}
