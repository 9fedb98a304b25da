using GrokForge.Admin.Passwords;
using GrokForge.AllInOne;
using GrokForge.AllInOne.Verbs;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GrokForge.Unit.Tests.AllInOne;

public sealed class VerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-verbs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_demo_uses_none_of_the_operators_stores_and_no_egress()
    {
        string[] operators =
        [
            "--app:data_dir=/real", "--app:db_driver=postgres", "--app:db_path=/real/grokforge.db", "--app:db_dsn=Host=real", "--app:app_key=real",
            "--app:log_file_path=/real/grokforge.log",
            "--proxy:base_proxy_url=http://proxy.example:3128", "--proxy:cf_cookies=a=b", "--proxy:cf_clearance=c",
            "--ConnectionStrings:grokforge=Host=real", "--ConnectionStrings:redis=real:6379", "--ConnectionStrings:rabbitmq=amqp://real",
        ];
        var builder = StartUp.CreateBuilder(DemoVerb.Isolated(operators, _folder.FullName, new Uri("http://127.0.0.1:4711/")));

        var settings = builder.AddSettings("allinone").Current;

        var database = Database.Resolve(settings.App, builder.Configuration, DataFolder.Resolve(settings.App.DataDir), "allinone");
        Assert.Equal(Database.Sqlite(Path.Combine(_folder.FullName, "grokforge.db")), database);
        Assert.Equal(("http://127.0.0.1:4711", "http://127.0.0.1:4711"), (settings.Upstream.WebBaseUrl, settings.Upstream.AssetsBaseUrl));
        Assert.DoesNotContain("real", settings.App.LogFilePath + settings.App.ModelsFile, StringComparison.Ordinal);
        Assert.Equal(["", "", "", ""], [settings.App.AppKey, settings.Proxy.BaseProxyUrl, settings.Proxy.CfCookies, settings.Proxy.CfClearance]);
        Assert.Equal(["", ""], [builder.Configuration.GetConnectionString("redis"), builder.Configuration.GetConnectionString("rabbitmq")]);
        Assert.True(builder.Services.Single(s => s.ServiceType == typeof(SettingsSources)).ImplementationInstance is SettingsSources { IgnoreOverrides: true });
    }

    [Fact]
    public async Task A_verb_in_the_stores_prints_no_first_password()
    {
        await using var app = AllInOneHost.BuildWithoutDoors([$"--app:data_dir={_folder.FullName}"]);
        Assert.DoesNotContain(app.Services.GetServices<IHostedService>(), s => s is FirstPassword);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_keeps_the_one_process_from_its_database()
    {
        var file = Path.Combine(_folder.FullName, "grokforge.db");
        await using (var app = AllInOneHost.BuildWithoutDoors([$"--app:data_dir={_folder.FullName}"]))
            await app.Services.PrepareStoresAsync(TestContext.Current.CancellationToken);
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE \"__migrations_pets\" (\"MigrationId\" TEXT); PRAGMA wal_checkpoint(TRUNCATE)";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        SqliteConnection.ClearAllPools();
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        await using var older = AllInOneHost.BuildWithoutDoors([$"--app:data_dir={_folder.FullName}"]);
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => older.Services.PrepareStoresAsync(TestContext.Current.CancellationToken));

        Assert.Contains("__migrations_pets", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_a_person_can_mend_is_one_sentence()
    {
        Assert.Equal("name is missing", VerbFault.Sentence(new RpcException(new Status(StatusCode.InvalidArgument, "name is missing"))));
        Assert.Contains("locked", VerbFault.Sentence(new DbUpdateException("see inner", new SqliteException("locked", 5))), StringComparison.Ordinal);
        Assert.NotNull(VerbFault.Sentence(new HttpRequestException("refused")));
        Assert.NotNull(VerbFault.Sentence(new TaskCanceledException()));
        Assert.Null(VerbFault.Sentence(new InvalidOperationException("a fault of ours")));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5001/", "--urls=https://localhost:5002;http://*:5001")]
    [InlineData("http://127.0.0.1:81/", "--http_ports=81")]
    [InlineData("http://127.0.0.1:9000/", "--urls=http://*:5001", "--app:host=0.0.0.0", "--app:port=9000")]
    [InlineData("http://[::1]:8080/", "--app:host=::1")]
    public void A_health_check_asks_where_the_server_listens(string expected, params string[] settings) =>
        Assert.Equal(expected, StartSettings.Address(settings).ToString());
}
